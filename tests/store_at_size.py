"""Fill a store with made-up runs, to see what the commands cost at size: STORE N_RUNS [N_PROBLEMS [N_COMPLETIONS]].

    python tests/store_at_size.py big.duckdb 2        # 2 x 84,416 completions, 6 verdicts each, with texts
    /usr/bin/time -v evalsuite report run-0 run-1 --store big.duckdb

Runs are written as the store writes them, one transaction each, but their rows are made by SQL. A problem has a
difficulty, a run a skill, and every completion a text that says its answer; equal numbers give equal stores.
"""

import sys
import time
from fractions import Fraction
from pathlib import Path

from evalsuite.grading.graders import FORMAT_GRADERS, GRADERS
from evalsuite.records import Decoding, Problem, RunSpec
from evalsuite.store.store import Store, StoredRun

CAP = 300
COMPLETIONS = """
INSERT INTO completions BY NAME
SELECT run_id, problem_id, completion_index, 'h' || position AS prompt_hash,
    'There are ' || position || ' of them at first, and ' || array_to_string(list_transform(
        range(5 + (luck * 20)::INTEGER), lambda i: ((hash(seed, i) % 900)::VARCHAR || ' more on day ' || i)), ', ')
        || '. The answer is \\boxed{' || (position + (luck > p)::INTEGER) || '}.' AS text,
    60 + (luck * 260)::INTEGER AS n_tokens,
    CASE WHEN n_tokens > {cap} THEN 'length' ELSE 'stop' END AS stop_reason,
    {cap} AS cap, seed::BIGINT AS seed, 'transformers' AS engine, 'float32' AS dtype,
    'b' || position // 32 AS batch_hash
FROM (
    SELECT run_id, problem_id, position, k::INTEGER AS completion_index,
        hash(run_id, position, k) % 4611686018427387904 AS seed,
        (seed % 1000003) / 1000003.0 AS luck,
        0.1 + 0.7 * (hash(position) % 1009) / 1009.0 + {skill} AS p
    FROM run_problems, range({n_completions}) AS t(k) WHERE run_id = '{run_id}'
) ORDER BY position, completion_index
"""
GRADES = """
INSERT INTO grades BY NAME
SELECT run_id, problem_id, completion_index, '{grader}' AS grader, {version} AS grader_version,
    CASE WHEN stop_reason = 'length' THEN 'no_answer' WHEN ends_with(text, '{' || position || '}.') THEN 'correct'
        ELSE 'incorrect' END AS outcome,
    CASE WHEN outcome <> 'no_answer' THEN regexp_extract(text, 'boxed.(\\d+)', 1) END AS extracted
FROM completions JOIN run_problems USING (run_id, problem_id) WHERE run_id = '{run_id}'
ORDER BY position, completion_index
"""


def main(path: str, n_runs: int, n_problems: int = 1319, n_completions: int = 64) -> None:
    """Make the runs that are not there yet."""
    problems = [
        Problem(f"made-up/{i}", f"How many of kind {i} are there?", f"#### {i}", Fraction(i)) for i in range(n_problems)
    ]
    for r in range(n_runs):
        spec = RunSpec(
            model="made-up", weights_fingerprint=f"w{r}", adapter=None, adapter_fingerprint=None, template="tutorial",
            template_fingerprint="t", decoding=Decoding(CAP, 0.7), dataset="made-up", dataset_hash="made-up",
            order="file", engine="transformers", dtype="float32",
        )  # fmt: skip
        begun, used = time.perf_counter(), time.process_time()
        head = StoredRun(
            spec.run_id, f"run-{r}", "generated", spec.as_dict(), "made-up", "boxed", n_completions, details={}
        )
        values = {"run_id": spec.run_id, "cap": CAP, "skill": 0.02 * (r % 5), "n_completions": n_completions}
        with Store.writer(Path(path)) as store:
            if store.connection.execute("SELECT 1 FROM completions WHERE run_id = ?", [spec.run_id]).fetchone():
                continue
            store.add_run(head, problems, [])
            with store.transaction():
                store.connection.execute(_filled(COMPLETIONS, values))
                for grader in (*GRADERS, *FORMAT_GRADERS):
                    more = {"grader": grader.name, "version": grader.version}
                    store.connection.execute(_filled(GRADES, values | more))
        seconds, cpu = time.perf_counter() - begun, time.process_time() - used
        size = Path(path).stat().st_size / 1e6
        sys.stdout.write(f"run-{r}: {seconds:.1f} s, {cpu:.1f} s of the processor; the store has {size:.0f} MB\n")
        sys.stdout.flush()


def _filled(statement: str, values: dict[str, object]) -> str:
    for name, value in values.items():
        statement = statement.replace(f"{{{name}}}", str(value))
    return statement


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
