"""What is wrong with a store is found, and mended where it can be, with every loss said and a copy kept."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fault_tools import rows_of
from scripted import ScriptedGenerator, run_scripted
from test_write_log import killed
from tiny_models import save_tiny_model

from evalsuite.cli.app import run_command
from evalsuite.store.blocks import BLOCK_BYTES, HEAD_BYTES
from evalsuite.store.repair import repair
from evalsuite.store.store import Store
from evalsuite.store.verify import verify
from evalsuite.store.write_log import log_path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "s.duckdb"
    with Store.writer(path) as store:
        run_scripted(store, ScriptedGenerator(), n_problems=6, n_completions=2, batch_size=4)
        store.add_tokenizer("{}")
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "s.duckdb"))


LACKING_STEP = """
INSERT INTO trainings VALUES ('t', 't', 'trained', 'sft', '{}', '{}', now()::TIMESTAMP);
INSERT INTO training_steps (training_id, step, metrics) VALUES ('t', 1, '{}'), ('t', 3, '{}')
"""
MENDED = {
    "DELETE FROM run_problems WHERE problem_id = 'sum/2'": "belong to no row of run_problems",
    "UPDATE grades SET outcome = 'no_answer' WHERE grader = 'boxed'": "grades of boxed are not",
    "UPDATE completions SET problem_id = 'nowhere' WHERE problem_id = 'sum/3'": "belong to no row",
    "UPDATE tokenizers SET content = '[]'": "tokenizers that are not those of their hash",
    "DELETE FROM runs": "belong to no row of runs",
    "DELETE FROM grades WHERE grader = 'boxed' AND problem_id = 'sum/3'": "2 grades that others of the same batch have",
    "DELETE FROM completions WHERE problem_id = 'sum/3'": "belong to no row of completions",
    "INSERT INTO run_ons SELECT run_id, 'nobody', 0, 3 FROM runs": "belong to no row of completions",
}
FOUND = {
    "UPDATE problems SET question = 'What?' WHERE problem_id = 'sum/1'": "problems whose text",
    "UPDATE completions SET prompt_hash = 'x' WHERE problem_id = 'sum/1'": "prompts that are not",
    "UPDATE completions SET n_tokens = 1": "number of tokens",
    "UPDATE runs SET n_completions = 1": "beyond the number planned",
    "DELETE FROM problems WHERE problem_id = 'sum/1'": "planned problems that are not among the stored ones",
    "UPDATE completions SET stop_reason = 'length', cap = 99": "called truncated below their token limit",
    "UPDATE run_problems SET position = 9 WHERE problem_id = 'sum/1'": "plan has a place without a problem",
    "UPDATE run_problems SET position = 2 WHERE problem_id = 'sum/1'": "places in a plan that several problems share",
    "INSERT INTO run_draws SELECT run_id, 1, 2, 'sum/1' FROM runs": "seeded subsets that lack a problem",
    LACKING_STEP: "trainings made here that lack steps",
    """UPDATE runs SET spec = replace(spec, '"sums"', '"others"')""": "specification is not the one",
}


def harm(path: Path, statement: str) -> None:
    with Store.writer(path) as store, store.transaction():
        store.connection.execute(statement)


def test_a_sound_store_is_sound_and_left_alone(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = path.read_bytes()
    assert verify(path).faults == ()
    assert verify(path).not_checked == ()
    assert run_command(["verify", str(path)]) == 0
    assert run_command(["repair", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.partition("\n")[2])["copy"] == ""
    assert run_command(["verify", "--store", str(path)]) == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize("statement", [*MENDED, *FOUND])
def test_what_is_wrong_is_found_and_mended_where_it_can_be(path: Path, statement: str) -> None:
    harm(path, statement)
    before = path.read_bytes()
    faults = verify(path).faults
    words = ({**MENDED, **FOUND})[statement]
    assert any(words in fault for fault in faults), faults
    assert run_command(["verify", str(path)]) == 5
    done = repair(path)
    assert done.copy is not None
    assert done.copy.read_bytes() == before
    if statement in MENDED:
        assert done.remaining == ()
        assert done.mended or done.lost
        assert verify(path).faults == ()
    else:
        assert any(words in fault for fault in done.remaining)


def test_a_damaged_log_is_cut_and_the_loss_is_said(tmp_path: Path) -> None:
    path = killed(tmp_path / "s.duckdb")
    content = bytearray(log_path(path).read_bytes())
    content[len(content) * 3 // 4] ^= 0xFF
    log_path(path).write_bytes(content)
    assert any("damaged" in fault for fault in verify(path).faults)
    done = repair(path)
    assert done.remaining == ()
    assert any("transactions of the damaged s.duckdb.wal" in sentence for sentence in done.lost)
    with Store.reader(path) as store:
        ((n,),) = store.connection.execute("SELECT count(*) FROM completions").fetchall()
    assert 0 < n < 20
    assert n % 4 == 0


def test_the_log_of_another_store_is_set_aside(path: Path, tmp_path: Path) -> None:
    other = killed(tmp_path / "other.duckdb")
    content = log_path(other).read_bytes()
    log_path(path).write_bytes(content)
    done = repair(path)
    assert done.remaining == ()
    assert "set aside" in done.mended[0]
    assert (tmp_path / "s.duckdb.wal.set-aside").read_bytes() == content


def test_a_file_that_is_no_store_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    path.write_bytes(b"hello" * 3000)
    assert run_command(["verify", str(path)]) == 5
    assert run_command(["repair", str(path)]) == 5
    assert path.read_bytes() == b"hello" * 3000
    assert [file.name for file in tmp_path.iterdir()] == ["s.duckdb"]
    assert run_command(["verify", str(tmp_path / "none.duckdb")]) == 2


def test_no_damaged_block_passes_unseen_and_what_can_be_read_is_saved(tmp_path: Path) -> None:
    """Blocks of a file, one at a time: not used by any table, or found; then mended up to what the block held."""
    sound = tmp_path / "sound.duckdb"
    with Store.writer(sound) as store:
        run_scripted(store, ScriptedGenerator(), n_problems=300, n_completions=2, batch_size=200)
    whole = rows_of(sound)
    content = sound.read_bytes()
    saved = 0
    for block in range(2, (len(content) - HEAD_BYTES) // BLOCK_BYTES, 4):
        path = tmp_path / str(block) / "s.duckdb"
        path.parent.mkdir()
        damaged = bytearray(content)
        damaged[HEAD_BYTES + block * BLOCK_BYTES + 777] ^= 9
        path.write_bytes(damaged)
        if not verify(path).faults:
            assert rows_of(path) == whole
        else:
            done = repair(path)
            assert done.copy is not None
            assert done.copy.read_bytes() == damaged
            if any("Corrupt" in sentence for sentence in done.remaining):  # the list of tables itself is damaged
                continue
            saved += 1
        with Store.writer(path) as store:  # the same command makes what is missing, and nothing twice
            run_scripted(store, ScriptedGenerator(), n_problems=300, n_completions=2, batch_size=200)
        found = rows_of(path)
        batches = found.pop("batches")  # how long they took is not made again
        assert batches in ([], whole["batches"])
        assert {name: len(rows) for name, rows in found.items()} == {name: len(whole[name]) for name in found}
        assert (found["completions"], found["grades"]) == (whole["completions"], whole["grades"])
    assert saved


def test_a_damaged_value_goes_and_its_row_stays(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store.writer(path) as store, store.transaction():
        values = "SELECT 'd', range, 'h', repeat(md5(range::VARCHAR), 20), NULL, NULL, NULL, NULL"
        store.connection.execute(f"INSERT INTO problems {values} FROM range(5000)")
    content = bytearray(path.read_bytes())
    ((block,),) = query(
        path, "SELECT max(block_id) FROM pragma_storage_info('problems') WHERE column_name = 'question'"
    )
    content[HEAD_BYTES + block * BLOCK_BYTES + 100] ^= 1
    path.write_bytes(content)
    assert any("rows of problems cannot be read" in fault for fault in verify(path).faults)
    done = repair(path)
    assert done.remaining == ()
    ((n, n_texts),) = query(path, "SELECT count(*), count(question) FROM problems")
    assert (n, n_texts % 2048) in {(5000, 0), (5000, 5000 % 2048)}
    assert done.lost == (f"question of {5000 - n_texts} rows of problems",)


@pytest.mark.parametrize("statement", ["UPDATE grades SET score = 0.5", "UPDATE grades SET score_range = [0, 2]"])
def test_scores_are_made_again_too(path: Path, statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Store.writer(path) as store, store.transaction():
        store.connection.execute("UPDATE problems SET solution = '1 + 1 = <<1+1=2>>2\n#### ' || gold")
    assert run_command(["grade", "scripted", "--grader", "steps", "--store", str(path)]) == 0
    assert run_command(["verify", str(path)]) == 0
    harm(path, f"{statement} WHERE grader = 'steps'")
    capsys.readouterr()
    assert run_command(["verify", str(path)]) == 5
    assert "grades of steps are not what steps says" in capsys.readouterr().out
    assert run_command(["repair", str(path)]) == 0
    assert run_command(["verify", str(path)]) == 0


def test_a_note_of_a_run_on_is_made_again(path: Path) -> None:
    harm(path, "INSERT INTO run_ons SELECT run_id, problem_id, completion_index, 3 FROM completions LIMIT 1")
    assert any("runs on" in fault for fault in verify(path).faults)
    assert any("runs on" in sentence for sentence in repair(path).mended)
    assert query(path, "SELECT count(*) FROM run_ons") == [(0,)]


def query(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with Store.reader(path) as store:
        return store.connection.execute(statement).fetchall()


def test_completions_that_are_gone_with_all_that_hung_on_them_are_missed(path: Path) -> None:
    for table in ("grades", "run_ons", "served", "completions"):
        harm(path, f"DELETE FROM {table} WHERE problem_id = 'sum/3'")
    assert any("batches that have lost completions" in fault for fault in verify(path).faults)
    assert any("the same `evalsuite run` makes them again" in loss for loss in repair(path).lost)
    assert verify(path).faults == ()


def test_a_note_of_a_run_on_that_is_gone_is_missed(path: Path) -> None:
    harm(path, "UPDATE completions SET text = 'It is \\boxed{0}.' || chr(10) || chr(10) || 'Question: What?'")
    repair(path)
    assert query(path, "SELECT count(*) FROM run_ons") == [(12,)]
    harm(path, "DELETE FROM run_ons WHERE problem_id = 'sum/3'")
    assert verify(path).faults == ("2 notes of where a completion runs on are not what its text says",)
    assert repair(path).remaining == ()
    assert query(path, "SELECT count(*) FROM run_ons") == [(12,)]


def test_grades_of_another_version_are_said_not_to_be_checked(path: Path) -> None:
    harm(path, "UPDATE grades SET grader_version = 1 WHERE grader = 'boxed'")
    (words,) = verify(path).not_checked
    assert words.startswith("12 grades by version 1 of boxed, which is at ")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    model = str(save_tiny_model(folder / "model", 1))
    words = f"run --model {model} --problems generated:steps=1-1:n=6 --max-new-tokens 12 --label m"
    assert run_command([*words.split(), "--store", str(folder / "s.duckdb")]) == 0
    return folder / "s.duckdb"


@pytest.mark.parametrize("what", ["text", "tokens"])
def test_a_text_that_is_not_that_of_its_tokens_is_found_and_made_again(made: Path, tmp_path: Path, what: str) -> None:
    path = Path(shutil.copy(made, tmp_path / "s.duckdb"))
    assert verify(path).faults == ()
    ((text, name),) = query(path, "SELECT text, problem_id FROM completions ORDER BY problem_id LIMIT 1")
    given = {"text": "text = text || 'x'", "tokens": "token_ids = list_reverse(token_ids)"}[what]
    harm(path, f"UPDATE completions SET {given} WHERE problem_id = '{name}'")
    assert verify(path).faults == (f"1 texts that are not those of their tokens: {name}",)
    done = repair(path)
    assert done.remaining == ()
    if what == "text":
        assert done.mended == ("1 texts were made again from their tokens",)
        assert query(path, f"SELECT text FROM completions WHERE problem_id = '{name}'") == [(text,)]


def test_tokens_that_were_changed_go_where_text_and_grades_fit(made: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(made, tmp_path / "s.duckdb"))
    ((name, gold),) = query(path, "SELECT problem_id, gold FROM problems ORDER BY problem_id LIMIT 1")
    harm(path, f"UPDATE completions SET text = '\\boxed{{{gold}}}' WHERE problem_id = '{name}'")
    assert run_command(["grade", "m", "--store", str(path)]) == 0
    assert "texts that are not those of their tokens" in verify(path).faults[0]
    done = repair(path)
    assert done.lost == ("the tokens of 1 completions: their texts and grades fit each other",)
    assert query(path, f"SELECT text, token_ids FROM completions WHERE problem_id = '{name}'") == [
        (f"\\boxed{{{gold}}}", None)
    ]
