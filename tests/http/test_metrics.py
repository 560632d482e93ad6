"""Metrics of several worker processes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(code: str, folder: Path) -> str:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-c", f"from api.http import metrics\n{code}"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_one_worker_answers_for_all(tmp_path: Path) -> None:
    for _ in range(2):
        run("metrics.tally('GET', '/v1/x', 200).add(0.01); metrics.fold()", tmp_path)
    text = run("print(metrics.exposition().decode())", tmp_path)
    assert 'dateline_http_requests_total{method="GET",route="/v1/x",status="200"} 2.0' in text
    for bound, count in (("0.005", 0), ("0.01", 2), ("10.0", 2), ("+Inf", 2)):
        name = f'dateline_http_request_duration_seconds_bucket{{le="{bound}",method="GET",route="/v1/x"}}'
        assert f"{name} {count}.0" in text
    assert 'dateline_http_request_duration_seconds_sum{method="GET",route="/v1/x"} 0.02' in text
