-- Sends the requests of a file one after the other, and prints what came of it as one line of JSON.
-- A line is a method, a path and a body (or nothing), separated by tabs. Headers stand in the environment.
local requests, place = {}, 0

function init()
  local headers = {["Content-Type"] = "application/json"}
  for name, value in string.gmatch(os.getenv("BENCH_HEADERS") or "", "([^:;]+):([^;]+)") do
    headers[name] = value
  end
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local method, path, body = string.match(line, "([^\t]*)\t([^\t]*)\t(.*)")
    headers["Authorization"] = os.getenv("BENCH_" .. method .. "_KEY")
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"failed":%d,"p50":%f,"p99":%f}\n',
    summary.requests, summary.duration / 1e6,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
