"""Traps in the values, the shapes and the encodings of tables."""

import bz2
import gzip
import json
import lzma
from collections.abc import Sequence

from tests.store.imports.trap import AS_WRITTEN, TWO, Trap, lines, models, packed_tar, parquet, table, zipped

__all__ = ["VALUES"]

VERDICTS: Sequence[Trap] = (
    table("words.csv", "id,correct\n0,Yes\n1,no\n2,T\n3,failed\n", "0:1 1:0 2:1 3:0"),
    table("signs.csv", "id,correct\n0,\u2713\n1,\u2717\n2,\u2705\n3,\u274c\n", "0:1 1:0 2:1 3:0"),
    table("german.csv", "id;correct\n0;WAHR\n1;FALSCH\n", AS_WRITTEN),
    table("french.csv", "id;correct\n0;VRAI\n1;FAUX\n", AS_WRITTEN),
    table("percentages.csv", "id,score\n0,100%\n1,0 %\n", AS_WRITTEN),
    table("half_a_percentage.csv", "id,correct\n0,100%\n1,50%\n", refused="go from 0.5 to 1.*--score-range 0 1"),
    table("hundreds.csv", "id,score\n0,100\n1,0\n", refused="--score-range 0 100"),
    table(
        "accuracy_in_percent.csv",
        "id,accuracy\n0,100.0\n1,0.0\n",
        refused="--column score=accuracy --score-range 0 100",
    ),
    table("rewards_of_minus_one.csv", "id,reward\n0,1\n1,-1\n", refused="--score-range -1 1"),
    table("decimal_commas.csv", "id;score\n0;1,0\n1;0,0\n", AS_WRITTEN),
    table("decimal_commas_and_tabs.tsv", "id\tscore\n0\t1,0\n1\t0,0\n", AS_WRITTEN),
    table("decimal_commas_in_quotes.csv", 'id,score\n0,"1,0"\n1,"0,0"\n', AS_WRITTEN),
    table("german_sheet.csv", "\ufeffid;korrekt;Zeit\r\n0;1,0;3,25\r\n1;0,0;4,5\r\n", AS_WRITTEN),
    table(
        "shares_of_models.csv", "id;base;grpo\n0;25 %;100 %\n1;0 %;50 %\n", refused="one run each: --score-range 0 1"
    ),
    table("one_share.csv", "Nr;Punkte;Zeit\n7;0,5;3,5\n8;1,0;4,5\n", refused="--column score=Punkte --score-range 0 1"),
    table("nothing_said.csv", "id,correct\n0,nan\n1,None\n2,null\n3,1\n4,\n", "0:- 1:- 2:- 3:1 4:-"),
    table("nan_in_lines.jsonl", '{"id":0,"correct":NaN}\n{"id":1,"correct":0.0}\n', "0:- 1:0"),
    table("a_dash.csv", "id,correct\n0,-\n1,1\n", refused="line 2: correct: '-' is no verdict"),
    table("which_are_wrong.csv", "id,incorrect\n0,1\n1,0\n", refused="which rows are wrong"),
    table(
        "told_which_are_wrong.csv",
        "id,failed\n0,1\n1,0\n",
        refused="says which rows are wrong",
        columns={"correct": "failed"},
    ),
    table("told_right_answers.csv", "id,correct,predicted\n0,18,18\n1,7,5\n", AS_WRITTEN, columns={"gold": "correct"}),
    table("right_answers_in_correct.csv", "id,correct,predicted\n0,18,18\n1,7,5\n", refused="--column gold=correct"),
    table("errors.csv", "id,correct,finish_reason\n0,1,stop\n1,0,error\n", "0:1 1:-"),
    table(
        "failed_with_words.jsonl",
        lines({"id": 0, "correct": True}, {"id": 1, "correct": None, "error": "timeout"}),
        "0:1 1:-",
    ),
)

ANSWERS: Sequence[Trap] = (
    table(
        "worked_solutions.jsonl", lines({"id": 0, "answer": "3*4=<<3*4=12>>12\n#### 12", "response": "so 12"}), "0:1"
    ),
    table(
        "latex.jsonl",
        lines(
            {"id": 0, "answer": "\\frac{1}{2}", "response": "\\boxed{\\frac{1}{2}}"},
            {"id": 1, "answer": "$\\boxed{5}$", "response": "\\boxed{6}"},
        ),
        AS_WRITTEN,
    ),
    table("thousands.csv", 'id,answer,response\n0,"1,080",it is 1080\n1,"2,000",200\n', AS_WRITTEN),
    table(
        "numbers_as_texts.jsonl",
        lines({"id": 0, "answer": 18, "prediction": 18}, {"id": 1, "answer": 5, "prediction": 6}),
        AS_WRITTEN,
    ),
    table("only_answers.csv", "id,pred,gold\n0,18,18\n1,5,6\n", AS_WRITTEN, says="no texts"),
    table("labels.csv", "id,label,pred\n0,18,18\n1,5,6\n", AS_WRITTEN),
    table("one_number_twice.jsonl", lines({"id": 0, "answer": ["5", "5.0"], "response": "5"}), "0:1"),
    table(
        "two_numbers.jsonl",
        lines({"id": 0, "answer": ["5", "6"], "response": "5"}, {"id": 1, "answer": "6", "response": "6"}),
        "0:- 1:1",
    ),
    table("letters.jsonl", lines({"id": 0, "answer": "B", "prediction": "B"}), "0:1"),
    table(
        "messages.jsonl",
        lines(
            {
                "id": 0,
                "gold": "4",
                "response": [{"role": "user", "content": "9"}, {"role": "assistant", "content": "4"}],
            }
        ),
        "0:1",
    ),
    table("an_object_for_a_text.jsonl", lines({"id": 0, "gold": "4", "response": {"tokens": 4}}), refused="is no text"),
)

SHAPES: Sequence[Trap] = (
    Trap(
        "a_model_with_partial_credit.csv",
        {"a_model_with_partial_credit.csv": b"id,base,grpo,best\n0,100%,0%,50%\n1,0%,100%,100%\n"},
        {"base": AS_WRITTEN, "grpo": "0:0 1:1"},
        says="not read, as it holds shares beside 0 and 1: best; with --score-range 0 1",
    ),
    table(
        "metrics_in_an_object.jsonl",
        lines(
            {
                "sample": {"id": 0, "prompt": "a"},
                "model_output": {"text": "x"},
                "metrics": {"accuracy": 1.0, "bleu": 0.3},
            },
            {
                "sample": {"id": 1, "prompt": "b"},
                "model_output": {"text": "y"},
                "metrics": {"accuracy": 0.0, "bleu": 0.2},
            },
        ),
        AS_WRITTEN,
    ),
    table(
        "score_in_an_object.jsonl",
        lines(
            {"id": 0, "metrics": {"score": 0.5}},
            {"id": 1, "metrics": {"score": 1}},
        ),
        "0:0.5 1:1",
    ),
    models(
        "models_as_columns.csv",
        "id,base,grpo,has_image,difficulty\n0,1,0,1,0\n1,0,1,1,0\n",
        base=AS_WRITTEN,
        grpo="0:0 1:1",
    ),
    models(
        "verdicts_of_models.csv",
        "id,base_correct,grpo_correct,level\n0,1,0,1\n1,0,1,0\n",
        base=AS_WRITTEN,
        grpo="0:0 1:1",
    ),
    models(
        "texts_of_models.csv",
        "id,answer,base_response,grpo_response\n0,3,so 3,so 4\n1,5,so 6,so 5\n",
        base=AS_WRITTEN,
        grpo="0:0 1:1",
    ),
    models("models_in_a_long_table.csv", "model,id,correct\na,0,1\na,1,0\nb,0,0\nb,1,1\n", a=AS_WRITTEN, b="0:0 1:1"),
    models(
        "models_as_objects.json",
        json.dumps({"base": {"0": 1, "1": 0}, "grpo": {"0": 0, "1": 1}}),
        base=AS_WRITTEN,
        grpo="0:0 1:1",
    ),
    table(
        "nested.jsonl",
        lines(
            {"doc": {"id": 0, "answer": "5"}, "result": {"text": "so 5", "correct": 1}},
            {"doc": {"id": 1, "answer": "5"}, "result": {"text": "6", "correct": 0}},
        ),
        AS_WRITTEN,
    ),
    table(
        "verdict_and_score_inside.jsonl",
        lines({"id": 0, "eval": {"correct": 1, "score": 1}}, {"id": 1, "eval": {"correct": 0, "score": 1}}),
        AS_WRITTEN,
    ),
    table(
        "totals_beside_rows.json",
        json.dumps(
            {"results": [{"task": "a", "accuracy": 0.5}], "samples": [{"id": 0, "correct": 1}, {"id": 1, "correct": 0}]}
        ),
        AS_WRITTEN,
    ),
    table("verdicts_by_id.json", json.dumps({"0": True, "1": False}), AS_WRITTEN),
    table("rows_by_id.json", json.dumps({"0": {"correct": True}, "1": {"correct": False}}), AS_WRITTEN),
    table("columns.json", json.dumps({"columns": ["id", "correct"], "data": [[0, True], [1, False]]}), AS_WRITTEN),
    table(
        "only_totals.json",
        json.dumps({"accuracy": 0.5, "n": 4}),
        refused="no list of results.*45/100 52/100",
    ),
    table("structs.parquet", parquet("SELECT i AS id, {'acc': 1.0 - i} AS metrics FROM range(2) AS t(i)"), AS_WRITTEN),
    table("lines_called_csv.csv", lines({"id": 0, "correct": True}, {"id": 1, "correct": False}), AS_WRITTEN),
    Trap(
        "settings_beside",
        {"base.csv": TWO.encode(), "config.json": b'{"lr": 1}'},
        {"base": AS_WRITTEN},
        says="not read: config.json",
    ),
    Trap("folders", {"a/r.csv": TWO.encode(), "b/r.csv": TWO.encode()}, refused=r"`evalsuite compare \S+/a \S+/b`"),
    Trap("no_results", {"notes.txt": b"hello"}, refused="holds no results"),
    table("archive.tar.gz", packed_tar("t.csv", TWO), refused=r"`mkdir -p \S+archive && tar -xf \S+archive.tar.gz"),
    table("packed.csv.bz2", bz2.compress(TWO.encode()), refused=r"Unpack it: `bunzip2 \S+packed.csv.bz2`"),
    table("packed.csv.xz", lzma.compress(TWO.encode()), refused=r"Unpack it: `unxz \S+packed.csv.xz`"),
    table("archive.7z", b"7z\xbc\xaf\x27\x1c" + bytes(20), refused="`7z x "),
    table("archive.zip", zipped(a=TWO), refused=r"`unzip \S+archive.zip -d \S+archive`"),
    table(
        "workbook.xlsx",
        zipped(**{"[Content_Types]": "", "sheet": ""}).replace(b"[Content_Types].csv", b"[Content_Types].xml"),
        refused="is a workbook. Save the sheet as CSV",
    ),
)

ENCODINGS: Sequence[Trap] = (
    table("mark.csv", b"\xef\xbb\xbf" + TWO.encode(), AS_WRITTEN),
    table("mark_and_quotes.csv", b'\xef\xbb\xbf"id","correct"\n"0","1"\n"1","0"\n', AS_WRITTEN),
    table("utf16.csv", TWO.encode("utf-16"), AS_WRITTEN),
    table("utf16_without_mark.csv", TWO.encode("utf-16-le"), AS_WRITTEN),
    table("utf16_lines.jsonl", lines({"id": 0, "correct": 1}, {"id": 1, "correct": 0}).encode("utf-16"), AS_WRITTEN),
    table(
        "latin.csv", "id,correct,response\n0,1,caf\u00e9\n".encode("latin-1"), refused="no utf-8 text.*Save it as UTF-8"
    ),
    table("packed_without_suffix.csv", gzip.compress(TWO.encode()), AS_WRITTEN),
    table("semicolons.csv", "id;correct;response\n0;1;a,b\n1;0;c\n", AS_WRITTEN),
    table("tabs.tsv", "id\tcorrect\tresponse\n0\t1\ta\\tb\n1\t0\tc\n", AS_WRITTEN),
    table("said_by_excel.csv", "sep=;\nid;correct\n0;1\n1;0\n", AS_WRITTEN),
    table("carriage_returns.csv", TWO.replace("\n", "\r"), AS_WRITTEN),
    table("quotes_inside.csv", 'id,correct,response\n0,1,"He said ""5"", ok"\n1,0,"a\nb"\n', AS_WRITTEN),
    table("full_width.csv", "id,correct\n0,\uff11\n1,\uff10\n", AS_WRITTEN),
    table("zero_bytes.csv", b"id,correct\n0,1\n1,\x000\n", refused="is no verdict"),
)

VALUES = (*VERDICTS, *ANSWERS, *SHAPES, *ENCODINGS)
