"""What was decided while results were read, in the current language.

A note is stored with its run, in English; here stand the forms that notes have. One of another form stays as it is.
"""

from evalsuite.wording.language import N_, retold

__all__ = ["import_note"]

# A form that is a part of another stands after it.
FORMS = (
    N_("{theirs} -> gold, it ends in #### and a number"),
    N_("{theirs} -> gold, the worked solution"),
    N_("{theirs} -> gold, taken for the right answer"),
    N_("{theirs} -> extracted, beside the texts"),
    N_("{theirs} -> extracted, beside right answers and texts"),
    N_("{theirs} -> extracted, in wrong rows too it is what the text says"),
    N_("{theirs} -> completion, most are long texts"),
    N_("{theirs} -> completion, as there are no texts"),
    N_("label -> gold; predict is graded here"),
    N_("row of the file -> id of the problem"),
    N_("the column without a name -> {ours}"),
    N_("up to {n} lines of one task -> completions"),
    N_("the same question several times -> completions"),
    N_("{columns} -> {n} completions per problem"),
    N_("lists of {sizes} samples -> completions"),
    N_("seeds {seeds} -> completions {ids}"),
    N_("step {step} of {file} -> a run of its own"),
    N_("step {step} -> a run of its own"),
    N_("{n} requests failed -> missing"),
    N_("{n} answers to a request that was sent again -> the last that succeeded counts"),
    N_("{n} rows are repeats of a problem -> the last written counts"),
    N_("{reward} takes other values than 0 and 1 -> a graded score"),
    N_("{n} outputs a problem -> completions, graded here: the metrics are of the first output"),
    N_("{n} samples a task -> completions"),
    N_("{most} rows with the same prompt -> {n} completions of one problem"),
    N_(
        "{least} to {most} rows with the same prompt -> completions of one problem; a prompt that the data set holds "
        "twice cannot be told from one that was sampled more often"
    ),
    N_("right in plus: base and extra tests are passed, as EvalPlus counts"),
    N_("the row {name} is a total and no problem"),
    N_("not read, as it holds shares beside 0 and 1: {names}; with --score-range 0 1 all these columns are scores"),
    N_("{n} rows a problem are its completions, in their order"),
    N_("{n} columns of verdicts, one run each: {names}"),
    N_("{n} columns of scores, one run each: {names}"),
    N_("{n} columns of objects, one run each: {names}"),
    N_("columns of {n} models, one run each: {names}"),
    N_("{n} parts of one run: {names}"),
    N_("{n} shards read in order"),
    N_("{n} replicas read as completions"),
    N_("fields are separated by a {name}"),
    N_("the first line ({keys}) is no row"),
    N_("the last line is a summary ({keys}) and no row"),
    N_("1 line before the header left out"),
    N_("{n} lines before the header left out"),
    N_("left out, as not every run has it: {names}"),
    N_("left out: {why}"),
    N_("not read: {names}"),
    N_("{role} from {column}"),
    N_("{name} left out: scores from {lowest} to {highest}, whose range is not known"),
    N_("{name} is left out, as its range is unknown: --score-range LOW HIGH reads it"),
    N_("{names} left out: graded scores whose range is unknown: --score-range LOW HIGH reads them"),
    N_("{names} not read: values that are no verdicts and no numbers"),
    N_("tokens of {n} texts counted with --tokenizer"),
    N_("no limit of tokens is known, so what was truncated stays unknown: give it with --cap"),
    N_("limit of {n} tokens from model_args"),
    N_("no max_gen_toks in the rows: the program's default of {n} tokens is taken as limit"),
    N_("{file} is an earlier evaluation in the same folder and was left out"),
    N_("{file} is an earlier evaluation of {name} and was left out"),
    N_("{file} is an earlier evaluation and was left out"),
    N_("task {task}: filter {filters} read as grader {names}"),
    N_("{grader} is shown, as the first"),
    N_("{n} repeats read as completions; no filter grades each of them, so that they are graded here"),
    N_("{grader}: the mean of the rows is {mean}, {file} says {said}"),
    N_("decided by log-likelihoods: there are verdicts and no texts"),
    N_("every doc_id was evaluated {n} times: read as completions"),
    N_("{again} of {n} doc_id occur again with the same prompt, {differ} of them with another text: the first is kept"),
    N_("scorers of {task} read as graders {names}; {primary} is shown"),
    N_("scorers of {task} read as graders {names}"),
    N_("metrics of {task} read as graders {names}; {primary} is shown"),
    N_("metrics of {task} read as graders {names}"),
    N_("metrics read as graders {names}; {primary} is shown"),
    N_("statistics read as graders {names}; {primary} is shown"),
    N_("events read as graders {names}; {primary} is shown"),
    N_("evaluations of {name} read as graders {names}"),
    N_("reviews of {name} read as graders {names}"),
    N_("{n} samples ended in an error or at a limit: missing, though {scored} have a score"),
    N_("{n} samples are in the log again: the last of each is kept"),
    N_("{n} rows are of a sample that was run again: the last of each is kept"),
    N_("the log's own results reduce epochs by {names}; here each epoch is a completion"),
    N_("the log's status is {status}: {n} of {planned} samples are there"),
    N_("the benchmark is unfinished: {n} samples are there"),
    N_("the benchmark ended in an error: {error}"),
    N_("{n} responses a sample read as completions, each with its own verdict"),
    N_("several completions a problem: the metrics are over all of them and grade none"),
    N_("token {token} pads the rows and is not counted"),
    N_("no results_*.json of the same date: model and decoding are unknown"),
    N_("there are no reviews beside the predictions: texts without verdicts"),
    N_("the problems are those that the training drew at this step, not a fixed set"),
    N_("the records hold what a filter of lm-eval extracted, not the completions"),
    N_("questions read from {file}"),
    N_("{file} is of a run that was not finished"),
    N_("{n} chunks of seed {seed} left out, which {file} already holds"),
    N_("{n} requests are perturbed, for single choices or of a later trial, and were left out"),
    N_("{n} outputs a request are completions; HELM's statistics do not grade each of them"),
    N_("no {file}: verdicts without texts, and pairing rests on ids"),
)


def import_note(note: str) -> str:
    """Return a note of an import in the current language.

    Examples
    --------
    >>> import_note("3 requests failed -> missing")
    '3 requests failed -> missing'
    """
    return retold(note, FORMS)
