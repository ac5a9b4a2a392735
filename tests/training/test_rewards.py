import json
import math
import re
import runpy
import time
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import InputError
from evalsuite.grading.graders import grader, tutorial_gold
from evalsuite.problems.jsonl import read_jsonl
from evalsuite.problems.solution import annotations, strip_annotations
from evalsuite.records import Outcome
from evalsuite.training.rewards import (
    REWARDS,
    boxed_reward,
    completion_text,
    format_reward,
    make_random_reward,
    random_reward,
    steps_reward,
    tutorial_reward,
)

GRADING = Path(__file__).resolve().parents[1] / "grading"
SOLUTION = "Tuesday: 58/2 = <<58/2=29>>29 jars.\nBoth days: 58+29 = <<58+29=87>>87.\n#### 87"


def written_in_the_tutorial(completions, ground_truth, **kwargs):
    matches = [re.search(r"\\boxed\{(.*?)\}", completion[0]["content"]) for completion in completions]
    contents = [match.group(1) if match else "" for match in matches]
    return [1.0 if content == truth else 0.0 for content, truth in zip(contents, ground_truth)]  # noqa: B905


def graded_texts():
    rows = [(text, gold) for text, gold, _ in runpy.run_path(str(GRADING / "test_graders.py"))["VERDICTS"]]
    return [(text, str(Fraction(gold.replace(",", ""))), f"9 * 2\n#### {gold}") for text, gold in rows]


def chat(texts):
    return [[{"role": "assistant", "content": text}] for text in texts]


@pytest.mark.parametrize("dress", [list, chat])
@pytest.mark.parametrize(("name", "reward"), [("boxed", boxed_reward), ("tutorial", tutorial_reward)])
def test_outcome_rewards_agree_with_their_graders(name, reward, dress):
    texts, golds, solutions = map(list, zip(*graded_texts(), strict=True))
    expected = [
        float(grader(name).grade(text, Fraction(gold), solution).outcome is Outcome.CORRECT)
        for text, gold, solution in zip(texts, golds, solutions, strict=True)
    ]
    assert reward(dress(texts), gold=golds, solution=solutions) == expected
    assert 0 < sum(expected) < len(expected)


def test_the_tutorials_reward_is_repeated_fault_by_fault():
    texts, _, solutions = map(list, zip(*graded_texts(), strict=True))
    truths = [tutorial_gold(solution) for solution in solutions]
    # Without a box the tutorial compares an empty string.
    pairs = [*zip(texts, truths, strict=True), ("no box", ""), (r"\boxed{}", ""), (r"\boxed{\frac{1}{2}}", r"\frac{1")]
    texts, truths = map(list, zip(*pairs, strict=True))
    expected = written_in_the_tutorial(chat(texts), truths)
    assert tutorial_reward(chat(texts), truths, gold=["7"] * len(texts)) == expected
    assert tutorial_reward(completions=chat(texts), ground_truth=truths, prompts=texts, trainer_state=None) == expected


@given(st.text(alphabet="\\boxed{} \n127.,", max_size=60), st.text(alphabet="127", max_size=2))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_the_tutorials_reward_on_any_text(text, truth):
    for part in (text, rf"\boxed{{{text}", rf"{text}\boxed{{{truth}}}{text}"):
        assert tutorial_reward([part], [truth]) == written_in_the_tutorial(chat([part]), [truth])


def test_gold_may_be_a_fraction_and_has_to_be_exact():
    assert boxed_reward([r"\boxed{0.75}"], gold=["3/4"]) == [1.0]
    for gold in ("1,450", "x", "1/0", "", None):
        with pytest.raises(InputError, match="gold has to be 'n' or 'n/d', got"):
            boxed_reward(["87"], gold=[gold])


def test_columns_of_another_length_are_refused():
    with pytest.raises(InputError, match="gold has 1 rows for 2 completions"):
        boxed_reward(["1", "2"], gold=["1"])
    with pytest.raises(InputError, match="ground_truth has 1 rows"):
        tutorial_reward(["1", "2"], ["1"])
    with pytest.raises(InputError, match="solution has 1 rows"):
        steps_reward(["1", "2"], solution=["1"])
    with pytest.raises(InputError, match="truncated has 1 rows"):
        format_reward(["1", "2"], truncated=[True])
    with pytest.raises(InputError, match="needs the column ground_truth"):
        tutorial_reward(["1"], gold=["1"])


FORMAT = [
    (r"58 / 2 = 29, so \boxed{29}", 1),
    (r"58 / 2 = 29, so $\boxed{29}$.", 1),
    (r"58 / 2 = 29, so \[ \boxed{29 \text{ jars}} \]" + "\n", 1),
    (r"58 / 2 = 29, so **\boxed{\$1,450}**", 1),
    (r"58 / 2 = \boxed{29}", 1),
    (r"58 / 2 = 23, so \boxed{99}", 1),
    (r"\boxed{29}", 0),
    (r"\boxed{58 / 2 = 29}", 0),
    (r"29 = 29, so \boxed{29}", 0),
    (r"It is 29: \boxed{29}", 0),
    (r"\boxed{29} as 58 / 2 = 29", 0),
    (r"58 / 2 = 29, so \boxed{29} jars", 0),
    (r"58 / 2 = 29, so \boxed{29} or \boxed{29}", 0),
    (r"58 / 2 = 29, \boxed{\boxed{29}}", 0),
    (r"58 / 2 = 29, so \boxed{29} or \boxed{2", 0),
    (r"58 / 2 = 29, so \boxed{29", 0),
    (r"58 / 2 = 29, so \boxed{many}", 0),
    (r"58 / 2 = 29, so \boxed{29, 25}", 0),
    (r"58 / 2 = 29, so \boxed 29", 0),
    ("58 / 2 = 29, so 29", 0),
    ("", 0),
]


@pytest.mark.parametrize(("text", "well_formed"), FORMAT)
def test_format_by_hand(text, well_formed):
    assert format_reward([text]) == [0.25 * well_formed]


STEPS = [
    ("58 / 2 = 29 and 58 + 29 = 87", 8),
    ("58 / 2 = 29 and 58 + 29 = 77", 2 + 2),  # half is right, half is covered
    ("29 + 58 = 87", 4 + 2),
    ("1 + 1 = 2", 4),
    ("87", 0),
    ("", 0),
    ("87 + 0 = 87", 0 + 2),  # restates: no validity
    ("58 / 2 = 29 and 58 + 29 = 87 and 87 * 1 = 87", 8),
    ("58 / 2 = 29. " * 50 + "58 + 29 = 87", 8),  # equal equations count once
    ("58 / 2 = 25 = 29", 0),
    ("1 + 2 = 3, 2 + 2 = 4, 3 + 2 = 5, 4 + 2 = 6, 58 / 2 = 29, 58 + 29 = 87", 2),  # 4 of 6, and none in time
    ("58 / 2 = 29, 58 + 29 = 87, 3 + 2 = 5, 4 + 2 = 6", 8),
    ("58 / 2 = 29, 58 + 29 = 87, 3 + 2 = 5, 4 + 2 = 6, 5 + 2 = 7", 3 + 4),  # the fifth counts as wrong
    ("58 / 2 = 87, 58 + 29 = 29", 0),  # a result counts only where it is right
]


@pytest.mark.parametrize(("text", "sixteenths"), STEPS)
def test_steps_by_hand(text, sixteenths):
    assert steps_reward([text], solution=[SOLUTION]) == [sixteenths / 16]


def test_more_equations_than_twice_the_solutions_never_pay():
    useful = "58 / 2 = 29. 58 + 29 = 87. "
    earned = [
        steps_reward([useful + "".join(f"{n} + 2 = {n + 2}. " for n in range(3, 3 + extra))], solution=[SOLUTION])[0]
        for extra in range(40)
    ]
    assert all(later <= earlier for earlier, later in pairwise(earned))
    assert earned[-1] == 0.25
    every = "".join(f"{n} + 2 = {n + 2}. " for n in range(3, 200))
    assert steps_reward([every], solution=[SOLUTION]) == [0.0]


def test_solutions_without_marks_are_read_by_their_equations():
    assert steps_reward(["58 / 2 = 29 and 58 + 29 = 87"], solution=[strip_annotations(SOLUTION)]) == [0.5]
    assert steps_reward(["58 / 2 = 29"] * 2, solution=["#### 29", "<<29>> 1 = 1"]) == [0.25, 0.25]


def test_a_cut_completion_earns_nothing_for_its_form_and_steps():
    text = r"58 / 2 = 29 and 58 + 29 = 87, so \boxed{87}"
    columns = {"solution": [SOLUTION] * 2, "gold": ["87"] * 2, "truncated": [False, True]}
    assert format_reward([text] * 2, **columns) == [0.25, 0.0]
    assert steps_reward([text] * 2, **columns) == [0.5, 0.0]
    assert boxed_reward([text] * 2, **columns) == [1.0, 1.0]


def test_all_values_are_exact_in_floating_point():
    pieces = ["58 / 2 = 29. ", "58 + 29 = 87. ", "1 + 2 = 3. ", "1 + 2 = 4. ", "2 + 2 = 5. ", r"\boxed{87}"]
    texts = ["".join(chosen) for chosen in product(*[(piece, "") for piece in pieces])]
    solution = SOLUTION + "\n2*3 = <<2*3=6>>6, 1+2 = <<1+2=3>>3, 9-4=<<9-4=5>>5"
    columns = {"gold": ["87"] * len(texts), "solution": [solution] * len(texts), "problem_id": ["p"] * len(texts)}
    seen = {name: set(reward.function(texts, **columns)) for name, reward in REWARDS.items()}
    assert seen["boxed"] == seen["tutorial"] == seen["random"] == {0.0, 1.0}
    assert seen["format"] == {0.0, 0.25}
    assert seen["steps"] <= {k / 16 for k in range(9)}
    assert len(seen["steps"]) > 4
    # The spread of a group of equal sums is zero to the last bit, as a trainer computes it in 32 bits.
    for total in {sum(values) for values in product(*seen.values())}:
        assert np.std(np.full(16, total, dtype=np.float32), ddof=1) == 0
        assert Fraction(total).denominator in {1, 2, 4, 8, 16}
    assert max(seen["steps"]) < 1.0


def test_the_coin_is_fair_and_knows_nothing():
    rng = np.random.default_rng(7)
    right = rng.random(4000) < 0.5
    texts = [rf"{n} + 1 = {n + 1}, \boxed{{{87 if correct else n}}}" for n, correct in enumerate(right, 100)]
    outcome = np.array(boxed_reward(texts, gold=["87"] * 4000))
    coins = np.array(random_reward(texts, problem_id=["p"] * 4000))
    # 99.9 % bands of a fair coin and of independence at n = 4000.
    assert abs(coins.mean() - 0.5) < 3.3 * 0.5 / math.sqrt(4000)
    assert abs(np.corrcoef(coins, outcome)[0, 1]) < 3.3 / math.sqrt(4000)


def test_the_coin_depends_on_seed_text_problem_and_step_alone():
    texts = [f"text {n}" for n in range(64)]
    state = SimpleNamespace(global_step=3)
    toss = make_random_reward(1)
    first = toss(texts, problem_id=["p"] * 64, trainer_state=state)
    assert toss(chat(texts), problem_id=["p"] * 64, trainer_state=state, gold=["1"] * 64) == first
    assert toss(texts[::-1], problem_id=["p"] * 64, trainer_state=state) == first[::-1]
    others = [
        make_random_reward(2)(texts, problem_id=["p"] * 64, trainer_state=state),
        toss(texts, problem_id=["q"] * 64, trainer_state=state),
        toss(texts, problem_id=["p"] * 64, trainer_state=SimpleNamespace(global_step=4)),
        toss([text + "!" for text in texts], problem_id=["p"] * 64, trainer_state=state),
        toss(texts, prompts=chat(texts), trainer_state=state),
    ]
    assert all(10 < sum(a != b for a, b in zip(first, other, strict=True)) < 54 for other in others)


def test_no_global_generator_is_touched():
    torch = pytest.importorskip("torch")
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    columns = {"gold": ["87"], "solution": [SOLUTION], "prompts": ["p"]}
    for reward in REWARDS.values():
        reward.function(["58 / 2 = 29"], **columns)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


def test_every_reward_has_its_name_for_the_metrics():
    assert {reward.function.__name__ for reward in REWARDS.values()} == {f"{name}_reward" for name in REWARDS}
    assert make_random_reward(5).__name__ == "random_reward"
    assert all(reward.weight == 1.0 and reward.description.endswith(".") for reward in REWARDS.values())


@given(st.lists(st.one_of(st.text(), st.text(alphabet="\\boxed{}=+-/*0123456789 .$")), min_size=1, max_size=3))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_any_text_has_a_reward(texts):
    columns = {"gold": ["87"] * len(texts), "solution": texts, "problem_id": ["p"] * len(texts)}
    for reward in REWARDS.values():
        values = reward.function(chat(texts), **columns)
        assert len(values) == len(texts)
        assert all(isinstance(value, float) and 0 <= value <= 1 for value in values)


@pytest.mark.parametrize("unit", ["\\boxed{", "=", "7", "(", "}", "1+1=2 ", "\\boxed{1}"])
def test_time_is_linear_on_hostile_text(unit):
    text = "1 + 1 = 2 " + unit * (1_000_000 // len(unit))
    columns = {"gold": ["87"], "solution": [SOLUTION], "problem_id": ["p"]}
    started = time.process_time()
    for reward in REWARDS.values():
        reward.function([text], **columns)
    # A second; quadratic time would take minutes.
    assert time.process_time() - started < 10


def test_empty_completions_are_texts_too():
    assert [completion_text(empty) for empty in ("", [], [{"role": "assistant", "content": None}])] == [""] * 3


def test_the_solutions_of_gsm8k_earn_all_but_everything(gsm8k_folder):
    problems = [p for p in read_jsonl(gsm8k_folder / "train.jsonl").problems[:800] if annotations(p.solution)]
    rewritten = [
        re.sub(r"\n####.*", "", strip_annotations(problem.solution)) + rf" So \boxed{{{problem.gold}}}."
        for problem in problems
    ]
    columns = {"gold": [str(p.gold) for p in problems], "solution": [p.solution for p in problems]}
    steps = np.array(steps_reward(rewritten, **columns))
    assert boxed_reward(rewritten, **columns) == [1.0] * len(problems)
    # Of the whole training set 94 % earn all of it, and of the marks alone 98.7 %. The rest use names or dozens,
    # or their marks are of the kind <<11=11>>.
    assert np.mean(steps == 0.5) > 0.9
    assert np.mean(steps == 0) < 0.03
    marks_alone = ["\n".join(re.findall(r"<<(.*?)>>", problem.solution)) for problem in problems]
    assert np.mean(np.array(steps_reward(marks_alone, **columns)) == 0.5) > 0.97


@pytest.mark.filterwarnings("ignore")
def test_trl_finds_and_calls_the_rewards(tiny_model, tmp_path):
    """The script behind `trl grpo`, with dotted paths and a data set on disk, trains one step."""
    trl = pytest.importorskip("trl")
    pytest.importorskip("datasets")
    import pyarrow.parquet as parquet
    from trl.scripts import grpo
    from trl.scripts.utils import DatasetMixtureConfig

    row = {
        "prompt": [{"role": "user", "content": "How many clips?"}],
        "gold": "87",
        "solution": SOLUTION,
        "ground_truth": "87",
        "problem_id": "p/1",
    }
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.jsonl").write_text("\n".join([json.dumps(row)] * 2), encoding="utf-8")
    training = trl.GRPOConfig(
        output_dir=str(tmp_path / "out"), use_cpu=True, bf16=False, max_steps=1, num_generations=2,
        per_device_train_batch_size=2, max_completion_length=12, gradient_checkpointing=False, report_to="none",
        logging_steps=1, log_completions=True, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    names = [reward.function.__name__ for reward in REWARDS.values()]
    script = grpo.GRPOScriptArguments(
        dataset_name=str(data), reward_funcs=[f"evalsuite.training.rewards.{name}" for name in names]
    )
    grpo.main(script, training, trl.ModelConfig(model_name_or_path=str(tiny_model)), DatasetMixtureConfig())
    (file,) = (tmp_path / "out" / "completions").glob("*.parquet")
    table = parquet.read_table(file).to_pydict()
    columns = {"gold": ["87"] * 2, "solution": [SOLUTION] * 2, "problem_id": ["p/1"] * 2}
    for name in names:
        texts = table["completion"]
        assert table[name] == getattr(grpo.importlib.import_module("evalsuite.training.rewards"), name)(
            texts, **columns
        )
