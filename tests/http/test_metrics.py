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
        run("metrics.observe('GET', '/v1/x', 200, 0.01)", tmp_path)
    text = run("print(metrics.exposition().decode())", tmp_path)
    assert 'dateline_http_requests_total{method="GET",route="/v1/x",status="200"} 2.0' in text
