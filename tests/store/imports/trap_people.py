"""Traps in what people export: spreadsheets of other countries, pivots, dashboards, several verdicts a row."""

import json
from collections.abc import Sequence

from tests.store.imports.trap import AS_WRITTEN, Trap, lines, models, table

__all__ = ["PEOPLE"]

LANGUAGES: Sequence[Trap] = (
    table("german_words.csv", "Nr;Frage;Richtig\r\n0;Was?;richtig\r\n1;Wie?;falsch\r\n", AS_WRITTEN),
    table("spanish.csv", "id;correcto\n0;S\u00ed\n1;No\n", AS_WRITTEN),
    table("italian.csv", "id;corretto\n0;VERO\n1;FALSO\n", AS_WRITTEN),
    table("portuguese.csv", "id;correto\n0;sim\n1;n\u00e3o\n2;verdadeiro\n3;falso\n", "0:1 1:0 2:1 3:0"),
    table("dutch.csv", "id;correct\n0;waar\n1;onwaar\n", AS_WRITTEN),
    table("russian.csv", "id;correct\n0;\u0434\u0430\n1;\u043d\u0435\u0442\n", AS_WRITTEN),
    table("japanese.csv", "id,correct\n0,\u6b63\u89e3\n1,\u4e0d\u6b63\u89e3\n2,\u25cb\n3,\u00d7\n", "0:1 1:0 2:1 3:0"),
    table("chinese.csv", "\u7f16\u53f7,\u662f\u5426\u6b63\u786e\n0,\u5bf9\n1,\u9519\n", AS_WRITTEN),
    table("thumbs.csv", "id,correct\n0,\U0001f44d\n1,\U0001f44e\n", AS_WRITTEN),
    table("crosses.csv", "id,correct\n0,x\n1,\n", refused="holds letters"),
    table("plus_and_minus.csv", "id,correct\n0,+\n1,-\n", refused="'\\+' is no verdict"),
    table(
        "decimal_comma_in_right_answers.csv",
        "id;gold;response\n0;18,5;#### 18.5\n1;7;#### 8\n2;1,250;#### 1.25\n3;1.080;#### 1080\n",
        "0:1 1:0 2:1 3:1",
        says="gold has decimal commas",
    ),
    table("decimal_comma_in_quotes.csv", 'id,gold,pred\n0,"18,5","18,5"\n1,7,"7,5"\n', AS_WRITTEN),
    table("thousands_with_semicolons.csv", "id;gold;response\n0;1,080;#### 1080\n1;7;#### 8\n", AS_WRITTEN),
    table("points_in_right_answers.csv", "id;gold;response\n0;1.080;1080\n1;18;18\n", refused="Write 1080 or 1.08"),
    table("excel_errors.csv", "id,correct\n0,1\n1,#N/A\n", refused="'#N/A' is no verdict"),
)

SHEETS: Sequence[Trap] = (
    table("gesamt.csv", "id;korrekt\n0;1\n1;0\nGesamt;1\n", AS_WRITTEN, says="'Gesamt' is a total"),
    table("moyenne.csv", "id;correct\n0;1\n1;0\nMoyenne;1\n", AS_WRITTEN, says="'Moyenne' is a total"),
    table("percent_of_all.csv", "id,correct\n0,1\n1,0\nAccuracy (%),1\n", AS_WRITTEN, says="is a total"),
    models(
        "pivot_of_a_sheet.csv",
        "problem,base,grpo,Grand Total\nq1,1,0,1\nq2,0,1,1\nGrand Total,1,1,2\n",
        base=AS_WRITTEN,
        grpo="0:0 1:1",
    ),
    models("pivot_without_a_corner.csv", ",base,grpo\n0,1,0\n1,0,1\nTotal,1,1\n", base=AS_WRITTEN, grpo="0:0 1:1"),
    table("problems_as_columns.csv", "model,0,1\nbase,1,0\ngrpo,1,1\n", refused="no column that names the problems"),
    table(
        "merged_cells.csv",
        "model,id,correct\nA,0,1\n,1,0\nB,0,0\n,1,1\n",
        refused="'model' is empty in some rows.*--group-by model",
    ),
    table("header_of_two_rows.csv", "A,,B,\nid,correct,id,correct\n0,1,0,0\n", refused="no column that names"),
    table("header_of_two_levels.csv", ",correct,correct\n,base,grpo\n0,1,0\n", refused="two columns called 'correct'"),
    table("kept_as_text.csv", 'id,correct\n="001",1\n="002",0\n', "001:1 002:0"),
    table("in_single_quotes.csv", "'id','correct','response'\n'0','1','it''s 18, ok'\n'1','0','no'\n", AS_WRITTEN),
)

SEVERAL_VERDICTS: Sequence[Trap] = (
    table("two_rules.csv", "id,strict_match,flexible_extract\n0,1,1\n1,0,1\n", refused="--correct strict_match"),
    table("format_and_answer.csv", "id,format_correct,answer_correct\n0,1,0\n1,1,1\n", refused="--correct answer_"),
    table("two_judges.csv", "id,judge_1,judge_2\n0,1,0\n1,1,1\n", refused="--correct judge_2"),
    table("who_wins.csv", "id,base_wins,grpo_wins,tie\n0,1,0,0\n1,0,0,1\n", refused="about one run"),
    table("valid_and_a_model.csv", "id,valid,truncated,base\n0,1,0,1\n1,1,1,0\n", refused="--correct base"),
    table("pass_at_k.csv", "id,pass@1,pass@8\n0,1,1\n1,0,1\n", refused="--correct pass@1"),
    table("answers_of_models.csv", "id,gold,base,grpo\n0,1,1,0\n1,0,0,0\n", refused="may be verdicts, or the answers"),
    table("true_and_predicted.csv", "id,y_true,y_pred\n0,1,1\n1,0,1\n", AS_WRITTEN),
    table("metric_and_verdict.csv", "id,em,f1\n0,1,1\n1,0,0.5\n", AS_WRITTEN),
    table(
        "another_name_later.jsonl",
        lines({"id": 0, "correct": 1}, {"id": 1, "is_correct": 0}),
        refused="row 2 has 'is_correct' where rows before it have 'correct'",
    ),
    table(
        "failed_and_counted_wrong.jsonl",
        lines({"id": 0, "correct": True, "error": None}, {"id": 1, "correct": False, "error": "HTTP 500"}),
        "0:1 1:-",
    ),
    table(
        "what_is_wrong.jsonl",
        lines({"id": 0, "correct": True, "error": None}, {"id": 1, "correct": False, "error": "sign slip"}),
        AS_WRITTEN,
    ),
)


def _page(*rows: dict[str, object], total: int, cut: Sequence[str] = ()) -> str:
    """Return a page of the Hugging Face datasets server, of which cells of the first row are cut."""
    cells = [{"row_idx": i, "row": row, "truncated_cells": list(cut) if i == 0 else []} for i, row in enumerate(rows)]
    return json.dumps({"features": [{"name": "id", "type": {}}], "rows": cells, "num_rows_total": total})


EXPORTS: Sequence[Trap] = (
    table(
        "dashboard.json",
        json.dumps({"columns": ["id", "output", "correct"], "data": [[0, "x", True], [1, "y", False]], "nrows": 2}),
        AS_WRITTEN,
    ),
    table("page.json", _page({"id": 0, "correct": True}, {"id": 1, "correct": False}, total=2), AS_WRITTEN),
    table(
        "first_page.json",
        _page({"id": 0, "correct": True}, {"id": 1, "correct": False}, total=1319),
        AS_WRITTEN,
        says="2 of 1319 rows, one page",
    ),
    table(
        "cut_cells.json",
        _page({"id": 0, "gold": "5", "output": "so"}, {"id": 1, "gold": "3", "output": "3"}, total=2, cut=["output"]),
        refused="cut the cell 'output' of row 1 off",
    ),
    table(
        "frame_with_an_index.json",
        json.dumps({"columns": ["correct"], "index": ["0", "1"], "data": [[1], [0]]}),
        AS_WRITTEN,
    ),
    table(
        "failed_ones_apart.json",
        json.dumps({"results": [{"id": 0, "correct": 1}, {"id": 1, "correct": 0}], "errors": [{"id": 2}]}),
        AS_WRITTEN,
        says=r"not read: errors \(1\)",
    ),
    table("two_lists.json", '[{"id":0,"correct":1}]\n[{"id":1,"correct":0}]', refused="several lists in one file"),
    table(
        "traces.jsonl",
        lines(
            {"id": 0, "input": "a", "output": "18", "expectedOutput": "18"},
            {"id": 1, "input": "b", "output": "4", "expectedOutput": "5"},
        ),
        AS_WRITTEN,
    ),
    table("table_of_markdown.csv", "| id | correct |\n|----|----|\n| 0 | 1 |\n", refused="no verdict"),
)

PEOPLE = (*LANGUAGES, *SHEETS, *SEVERAL_VERDICTS, *EXPORTS)
