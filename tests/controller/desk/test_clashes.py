"""Two operators who change the same thing without knowing of each other."""

from hypothesis import given
from hypothesis import strategies as st

from perfconsole.controller.safety.clashes import Clashes
from perfconsole.controller.safety.subjects import Subject
from perfconsole.model import event as ev

TWO = {"groups": {"browse": {"vus": 100}, "buy": {"vus": 10}}}


def test_a_change_of_what_another_has_changed_since_is_refused_with_what_changed(make_desk):
    desk = make_desk(TWO)
    seen = desk.revision
    desk.do(who="anna", client="console:1", do="vus", group="browse", to=200)
    said = desk.do(who="bert", client="console:2", revision=seen, do="vus", group="browse", to=50)
    assert said == "not done: anna changed browse 0 s ago: VUs of browse 100 → 200"
    assert desk.vus()["browse"] == 200


def test_what_another_has_changed_elsewhere_or_before_clashes_with_nothing(make_desk):
    desk = make_desk(TWO)
    desk.do(who="anna", client="console:1", do="vus", group="browse", to=200)
    seen = desk.revision
    desk.do(who="anna", client="console:1", do="note", text="lunch")
    desk.do(who="anna", client="console:1", do="think", groups=["buy"], factor=0.5)
    assert desk.do(client="console:2", revision=seen, do="pause", groups=["browse"]) == (
        "paused browse"
    )


def test_all_groups_are_each_of_them(make_desk):
    desk = make_desk(TWO)
    desk.do(who="anna", client="console:1", do="pause", groups=["all"])
    said = desk.do(client="console:2", revision=0, do="resume", groups=["buy"])
    assert said == "not done: anna changed buy 0 s ago: paused all groups"
    assert desk.do(client="console:2", revision=0, do="resume", groups=["all"]).startswith("not")


def test_nobody_clashes_with_himself_but_who_says_no_name_may_be_anybody(make_desk):
    desk = make_desk(TWO)
    for client, refused in (("console:1", False), ("unknown:", True)):
        desk.do(client=client, do="vus", group="browse", to=150)
        said = desk.do(client=client, revision=0, do="vus", group="browse", to=120)
        assert said.startswith("not done") is refused


def test_without_a_revision_all_is_done_to_what_is_there(make_desk):
    desk = make_desk(TWO)
    desk.do(client="console:1", do="vus", group="browse", to=150)
    assert desk.do(client="ctl:9", do="vus", group="browse", to=140) == "VUs of browse 150 → 140"


def test_an_undo_clashes_as_the_change_that_it_takes_back(make_desk):
    desk = make_desk(TWO)
    desk.do(who="anna", client="console:1", do="vus", group="buy", to=12)
    seen = desk.revision
    desk.do(who="bert", client="console:2", do="vus", group="browse", to=150)
    said = desk.do(client="console:1", revision=seen, do="undo")
    assert said == "not done: bert changed browse 0 s ago: VUs of browse 100 → 150"
    assert desk.do(client="console:2", revision=seen, do="undo").startswith("undid: VUs of browse")


changes = st.lists(
    st.tuples(st.sampled_from(["a:1", "b:2", "c:3", "unknown:"]), st.sampled_from("xyz")),
    max_size=30,
)


@given(changes, st.sampled_from(["a:1", "b:2", "d:4", "unknown:"]), st.integers(0, 30))
def test_however_long_ago_it_knows_exactly_what_others_have_changed_since(
    done: list[tuple[str, str]], client: str, revision: int
) -> None:
    clashes = Clashes()
    subject: Subject = ("group", "x")
    for seq, (who, what) in enumerate(done, 1):
        event = ev.Commanded(seq=seq, at=0, id="", by=who, command={}, said=what, client=who)
        clashes.did(event, [("group", what)])
    missed = [
        seq
        for seq, (who, what) in enumerate(done, 1)
        if what == "x" and seq > revision and (who != client or client == "unknown:")
    ]
    assert (clashes.clash([subject], client, revision, 0.0) is not None) == bool(missed)
    assert clashes.clash([("group", "w")], client, revision, 0.0) is None
