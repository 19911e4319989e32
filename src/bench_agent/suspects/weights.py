"""The weights of clues against a commit, in nats (differences in log odds): the table, and why each is what it is.

0.7 doubles the suspicion, 2.3 makes it tenfold, 5 leaves hardly another. They were chosen by reasoning from real regressions whose
culprit is known, and checked on planted ones: `python tests/calibration/ranking.py` (seeds 0 to 3 to fit, others to check).
A tuple is (where the counts grew, where they are equal, where they are not known).
"""

# Where the counts are exact they outweigh everything read from text: a function that itself does more is the place, and
# who touched it did it, or a caller, or its data. Less for a small part of the growth: harmless guards add lines too.
GREW_ITSELF = 5.0
GREW_LEAST = 1.5  # of the smallest part of the growth
NEW_FUNCTION = 1.5  # it did not run before, and this commit is where it comes from; others have only edited it since
NEWLY_CALLS_GROWN = 4.0  # the change is the first to name a function that now does more: the work it asks for
MENTIONS_GROWN = 2.5  # the cause may be what a changed function asks of one it calls
GREW_BY_CALLS = 1.5  # an effect of its callers, unless it lost a cache
# (counts grew, counts are equal, counts not known): when nothing grew, time went into what the counts can't see,
# a C function, a dependency, and any executed line may be the one.
EXECUTED = (1.0, 2.5, 2.5)
DEPENDENCY = (0.5, 2.5, 1.0)
DATA_NAMED = (1.5, 2.0, 1.5)  # a data or settings file whose name stands in a file the benchmark imports
DATA_BESIDE = (0.3, 0.8, 0.5)  # one in a folder of such a file: many are found by listing the folder
COMPILED = (0.5, 2.0, 1.5)  # not traced: what it does is seen by nobody
UNREAD = 1.0  # a file the benchmark imports, of a syntax or size that hides which function was changed
NEW_FILE = 4.0  # imported now and not before: plug-ins register themselves
UNKNOWN_REACH = 0.5  # Python code, when nobody knows what the benchmark executes
VALUE_OF_GROWN = 4.0  # a constant that a function which itself does more mentions
VALUE_OF_EXECUTED = 1.0  # one that a function mentions which the benchmark executes, as before
UNEXPLAINED = 3.0  # growth in code nobody touched: it must come from values, data, settings or a new file
DATA_OF_GROWN = 2.0  # the more so when that file's own function does more now
# An edit that touches no loop, call or constant adds a line or two to each turn; it does not double them.
NO_LEVER = -1.5
# The weight of a change that has no effect: the function, table or file is now what it was at the last good run (what this
# commit did was taken back), or this commit made it so again, or only its comments and annotations differ.
TAKEN_BACK = -1.0
LAYOUT_ONLY = -2.5  # the same, where the text was only moved or laid out in another way
NOT_EXECUTED = 0.1  # factor on what a remark says of code that the benchmark does not run
PERHAPS_EXECUTED = 0.5  # likewise where the counts are not complete
TOP_LEVEL = 0.3  # another change of what runs at import, such as an import or a registration
VALUE_LEAST = 0.5  # a constant of a function that did more, however small a part of the growth that is

# How weights depend on sizes, and from where on a remark counts.
PER_SHARE = 0.7  # nats for each e-fold of the function's share of the added work
LEVER = 0.3  # a remark that weighs more names something that can multiply work: a loop, a call, a constant
EXPLAINS = 1.0  # a remark that weighs more accounts for a function that is called more often
