"""Traps in the rows of tables: totals, headers, cut ends, repeats, ids."""

import gzip
import json
from collections.abc import Sequence

from tests.store.imports.trap import AS_WRITTEN, TWO, Trap, lines, models, parquet, table, zstandard

__all__ = ["ROWS"]

MANY = "id,correct\n" + "".join(f"{i},{i % 2}\n" for i in range(2000))
DICTS = [{"id": 0, "correct": True}, {"id": 1, "correct": False}]

TOTALS: Sequence[Trap] = (
    table("mean_last.csv", "id,correct\n0,1\n1,0\nmean,0.5\n", AS_WRITTEN, says="'mean' is a total"),
    table("mean_that_looks_like_a_verdict.csv", "id,correct\n0,1\n1,1\naverage,1\n", "0:1 1:1", says="'average'"),
    table("total_of_right_ones.csv", "id,correct\n0,1\n1,0\nTotal:,1\n", AS_WRITTEN, says="'Total:' is a total"),
    table("overall_in_lines.jsonl", lines(*DICTS, {"id": "overall", "correct": 0.5}), AS_WRITTEN, says="'overall'"),
    models("wide_with_mean.csv", "id,base,grpo\n0,1,0\n1,0,1\nmean,0.5,0.5\n", base=AS_WRITTEN, grpo="0:0 1:1"),
    table("total_without_a_name.csv", "id,correct\n0,1\n1,0\n,0.5\n", refused=r"line 4: no id.*`sed 4d \S+ > \S+`"),
    table("a_word_that_is_a_problem.csv", "id,question,correct\n0,a,1\nmean,What is the mean?,0\n", "0:1 mean:0"),
    table(
        "summary_first.jsonl", lines({"accuracy": 0.5, "n": 2}, *DICTS), AS_WRITTEN, says=r"first line \(accuracy, n\)"
    ),
    table("settings_first.jsonl", lines({"model": "m", "temperature": 0}, *DICTS), AS_WRITTEN, says="first line"),
    table("summary_last.jsonl", lines(*DICTS, {"accuracy": 0.5}), AS_WRITTEN, says="last line is a summary"),
    table(
        "summary_amid.jsonl",
        lines(DICTS[0], {"accuracy": 1}, DICTS[1], {"accuracy": 0.5}),
        refused="line 2: no id.*sed 2d",
    ),
)

HEADERS: Sequence[Trap] = (
    table("comments_first.csv", f"# model: m\n# date: today\n{TWO}", AS_WRITTEN, says="2 lines before the header"),
    table("title_first.csv", f"Results of my model\n\n{TWO}", AS_WRITTEN, says="before the header left out"),
    table(
        "title_of_a_sheet.csv",
        "Results,,\n,,\nid,correct,response\n0,1,a\n1,0,b\n",
        AS_WRITTEN,
        says="before the header",
    ),
    table("header_again.csv", TWO + "id,correct\n2,1\n", refused=r"line 4 is the header again.*`head -n 3.*`sed 4d"),
    table("two_tables.csv", f"{TWO}\n{TWO}", refused=r"line 5 is the header again.*`tail -n \+5"),
    table("another_table_below.csv", TWO + "\nmodel,accuracy\nm,0.5\n", refused="'accuracy' is no verdict"),
    table("no_header.csv", "0,1\n1,0\n", refused="no header.*problem_id,correct"),
    table("no_header_with_words.csv", "p0,True,so 18\np1,False,so 2\n", refused="no header"),
    table("empty_columns.csv", "id,correct,,\n0,1,,\n1,0,,\n,,,\n", AS_WRITTEN),
    table("index_of_a_frame.csv", ",id,correct\n0,a,1\n1,b,0\n", "a:1 b:0"),
    table("column_twice.csv", "id,correct,correct\n0,1,0\n", refused="two columns called 'correct'"),
    table("blanks_part.csv", "id correct\n0 1\n", refused="not parted by blanks"),
)

ENDS: Sequence[Trap] = (
    table("cut.jsonl", '{"id":0,"correct":true}\n{"id":1,"corr', refused="last one, is cut off"),
    table("cut_row.csv", "id,correct,response\n0,1,a\n1,0,b\n2,1", refused="line 4 has 2 fields.*sed 4d"),
    table(
        "cut_score.csv", "id,score\n0,0.75\n1,0.5\n2,0.", refused=r"may be the beginning of another value.*`sed '\$d'"
    ),
    table("cut_verdict.csv", "id,correct\n0,1\n1,0\n2,", refused="may be the beginning"),
    table("whole_without_line_end.csv", TWO.rstrip(), AS_WRITTEN),
    table("cut_quote.csv", 'id,correct,response\n0,1,"a\nb"\n1,0,"c', refused="line 4: unexpected end"),
    table("cut.jsonl.gz", gzip.compress(lines(*DICTS * 3000).encode())[:60], refused="Compressed file ended"),
    table("cut.csv.zst", zstandard(MANY)[:-400], refused="is cut off"),
    table("whole.csv.zst", zstandard(TWO), AS_WRITTEN),
    table("cut.parquet", parquet("SELECT 1 AS id, true AS correct")[:-20], refused="No magic bytes"),
    table("objects_in_one_line.jsonl", '{"id":0,"correct":true}{"id":1,"correct":false}\n', AS_WRITTEN),
    table("objects_over_lines.jsonl", "\n".join(json.dumps(row, indent=1) for row in DICTS), AS_WRITTEN),
    table("printed_dicts.jsonl", "".join(f"{row}\n" for row in DICTS), refused=r"json.dumps\(row\)"),
    table("nothing.csv", "", refused="holds no rows"),
    table("nothing.jsonl", "", refused="holds no rows"),
    table("only_header.csv", "id,correct\n", refused="holds no rows"),
)

REPEATS: Sequence[Trap] = (
    table(
        "models_in_a_column.csv",
        "name,id,correct\na,0,1\na,1,0\nb,0,1\nb,1,1\n",
        refused=r"'name' tells apart \(a, b\).*--group-by name",
    ),
    table("temperatures.csv", "temperature,id,correct\n0,0,1\n0,1,0\n1,0,1\n1,1,1\n", refused="--group-by temperature"),
    table("splits.csv", "split,id,correct\ntrain,0,1\ntrain,1,0\ntest,0,1\ntest,1,1\n", refused="--group-by split"),
    table(
        "checkpoints.jsonl",
        lines(*({"id": i, "epoch": e, "correct": 1} for e in (0, 5, 10) for i in (0, 1))),
        refused="--group-by epoch",
    ),
    table("sets_with_the_same_ids.csv", "task,id,correct\ngsm,0,1\ngsm,1,0\nmath,0,1\n", refused="--group-by task"),
    table(
        "told_to_be_one_run.csv",
        "name,id,correct\na,0,1\na,1,0\nb,0,1\nb,1,1\n",
        "0:11 1:01",
        columns={"completion_index": ""},
    ),
    table(
        "epochs.jsonl",
        lines(*({"id": i, "epoch": e, "correct": (i + e) % 2} for e in (1, 2) for i in (0, 1))),
        "0:10 1:01",
    ),
    table("seeds.csv", "seed,id,correct\n42,0,1\n42,1,0\n43,0,0\n43,1,0\n", "0:10 1:00", says="2 rows a problem"),
    table("samples_in_order.csv", "id,correct\n0,1\n0,0\n1,0\n1,1\n", "0:10 1:01", says="2 rows a problem"),
    table("sample_ids_of_their_own.csv", "id,sample_id,correct\n0,a,1\n0,b,0\n1,c,0\n1,d,1\n", "0:10 1:01"),
    table(
        "one_row_twice.csv",
        "id,correct\n0,1\n1,0\n1,0\n2,1\n",
        refused="problem '1' stands in 2 rows and most problems in 1",
    ),
    table(
        "retried.jsonl",
        lines({"id": 0, "error": "timeout"}, {"id": 1, "correct": 1}, {"id": 0, "correct": 1}),
        refused="stands in 2 rows",
    ),
    table(
        "lists_of_two_lengths.jsonl", lines({"id": 0, "correct": [1, 0, 1]}, {"id": 1, "correct": [1, 0]}), "0:101 1:10"
    ),
    table(
        "verdicts_without_texts.jsonl",
        lines({"id": 0, "correct": [1, 0], "response": ["a", "b", "c"]}),
        refused="3 completions and 2 verdicts",
    ),
    table("lists_as_text.csv", "id,correct,responses\n0,\"[True, False]\",\"['a', 'b']\"\n", "0:10"),
    table(
        "samples_in_columns.csv", "id,sample_1,sample_2\n0,1,0\n1,0,1\n", "0:10 1:01", says="2 completions per problem"
    ),
    Trap(
        "parts",
        {"part-0.csv": TWO.encode(), "part-1.csv": b"id,correct\n2,1\n"},
        {"parts": "0:1 1:0 2:1"},
        says="2 parts of one run",
    ),
    Trap(
        "parts_of_three",
        {"r-00000-of-00003.csv": TWO.encode(), "r-00002-of-00003.csv": b"id,correct\n2,1\n"},
        refused="part 1 is not there",
    ),
    Trap(
        "ranks_of_the_same",
        {"rank0.csv": TWO.encode(), "rank1.csv": TWO.encode()},
        refused="'file of the part' tells apart",
    ),
)

IDS: Sequence[Trap] = (
    table("leading_zeros.csv", "id,correct\n007,1\n07,0\n7,1\n", "007:1 07:0 7:1"),
    table("floats.csv", "id,correct\n0.0,1\n1.0,0\n", AS_WRITTEN),
    table("floats.jsonl", lines({"id": 0.0, "correct": 1}, {"id": 1.0, "correct": 0}), AS_WRITTEN),
    table(
        "rounded_by_a_spreadsheet.csv", "id,correct\n1.23E+14,1\n1.23E+14,0\n", refused="was rounded by a spreadsheet"
    ),
    table("rounded_by_floats.jsonl", lines({"id": 1.2345678901234568e17, "correct": 1}), refused="is a rounded number"),
    table(
        "rounded_beside_a_sample.jsonl",
        lines({"id": 1.2345678901234568e17, "sample": 0, "correct": 1}),
        refused="is a rounded number",
    ),
    table("no_number_for_an_id.jsonl", '{"id": NaN, "correct": 1}\n{"id": 1, "correct": 0}\n', refused="line 1: no id"),
    table("exponents_as_text.csv", "id,correct\n1e5,1\n100000,0\n", "100000:0 1e5:1"),
    table("name_of_the_set.csv", "task_id,id,correct\ngsm8k,0,1\ngsm8k,1,0\n", AS_WRITTEN),
)

ROWS = (*TOTALS, *HEADERS, *ENDS, *REPEATS, *IDS)
