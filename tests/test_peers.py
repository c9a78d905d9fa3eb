"""The other agencies of a type: worked out once for all of them, and as if from the others alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest
from conftest import AGENCY, YEAR, Workspace
from hypothesis import given
from hypothesis import strategies as st

from ita_nb.analysis.diagnosis import find_reference
from ita_nb.analysis.scores import Scores
from ita_nb.case import build_case
from ita_nb.facts.kinds import Node
from ita_nb.facts.loader import load_framework
from ita_nb.facts.rules import load_rules
from ita_nb.intake.peers import PeerGroup, Peers
from ita_nb.intake.workspace import read_record, warm_peers

SCORES = f"data/{YEAR}/stated_scores.csv"
NODES = [Node("total"), Node("i1"), Node("e1", "1")]
TYPE = "องค์การบริหารส่วนตำบล"

SCORE = st.integers(0, 10_000).map(lambda hundredths: F(hundredths, 100))
OWN = st.dictionaries(st.sampled_from(NODES), SCORE, max_size=3)
GROUPS = st.dictionaries(st.sampled_from("abcdefgh"), OWN, max_size=8)


@given(GROUPS, st.sampled_from("abcx"), st.sampled_from(NODES), st.integers(0, 4), SCORE)
def test_peers_are_the_others(
    group: dict[str, dict[Node, F]], without: str, node: Node, least: int, score: F
) -> None:
    """Every other one of the group in the same order; mean and standing are exactly those of their scores."""
    peers = Peers(PeerGroup(group), without)
    others = {agency: own for agency, own in group.items() if agency != without}
    values = [own[node] for own in others.values() if node in own]
    below, alike = sum(value < score for value in values), sum(value == score for value in values)

    assert (peers, list(peers), len(peers)) == (others, list(others), len(others))
    assert without not in peers
    assert peers.mean(node, least) == (
        sum(values, F(0)) / len(values) if values and len(values) >= least else None
    )
    assert peers.standing(node, score) == (below, alike, len(values))


@given(GROUPS, st.sampled_from("abcd"), OWN)
def test_the_fingerprint_changes_with_the_others(
    group: dict[str, dict[Node, F]], other: str, own: dict[Node, F]
) -> None:
    """Two groups of others have one fingerprint where they are the same, in whatever order, and else two."""
    groups = (group, dict(reversed((group | {other: own}).items())))
    before, after = (Peers(PeerGroup(g), "d").fingerprint for g in groups)
    same = all(groups[0].get(agency) == groups[1].get(agency) for agency in {*"abcefgh"})

    assert (before == after) is same


def alike(workspace: Workspace, number: int) -> list[str]:
    """Add agencies of the demo agency's type with two scores each."""
    ids = [f"alike{i}" for i in range(number)]
    workspace.append("data/agencies.csv", *(f"{i},อบต.{i},{TYPE},," for i in ids))
    workspace.append(
        SCORES, *(f"{a},{node},,{60 + i}" for i, a in enumerate(ids) for node in ("i10", "total"))
    )
    return ids


def test_a_reference_is_the_mean_of_the_peers(workspace: Workspace) -> None:
    """With enough agencies of the type the reference is the exact mean of the others' printed scores."""
    number = load_rules().peers_min
    alike(workspace, number)
    record = read_record(workspace.root, AGENCY, load_framework(YEAR))
    reference = find_reference(Scores(load_framework(YEAR), record))

    assert reference is not None
    assert (reference.agencies, reference.means) == (number, {Node("i10"): 60 + F(number - 1, 2)})


def test_peers_say_the_same_as_a_plain_table_of_them(workspace: Workspace) -> None:
    """What is said of an agency does not depend on how its peers are kept."""
    alike(workspace, 12)
    record = read_record(workspace.root, AGENCY, load_framework(YEAR))
    plain = replace(record, peers={agency: dict(own) for agency, own in record.peers.items()})

    found = [find_reference(Scores(load_framework(YEAR), r)) for r in (record, plain)]
    assert found[0] == found[1]


def test_agencies_of_a_type_share_their_scores(workspace: Workspace) -> None:
    """The scores of a type are read once, not once an agency."""
    first, second = alike(workspace, 2)
    framework = load_framework(YEAR)
    records = [read_record(workspace.root, agency, framework) for agency in (AGENCY, first)]

    assert records[0].peers[second] is records[1].peers[second]


def test_a_corrected_file_is_read_again(workspace: Workspace) -> None:
    """A score that is corrected between two documents is the corrected one in the second."""
    (first,) = alike(workspace, 1)
    framework = load_framework(YEAR)
    read_record(workspace.root, AGENCY, framework)
    workspace.edit(SCORES, f"{first},i10,,60", f"{first},i10,,61.5")

    assert read_record(workspace.root, AGENCY, framework).peers[first][Node("i10")] == F("61.5")


@pytest.mark.parametrize(
    ("row", "peers"),
    [
        pytest.param(["bad,อบต.,กรุงเทพ,,", "bad,i10,,1"], set(), id="other-type"),
        pytest.param([f"bad,,{TYPE},,", "bad,i10,,1"], set(), id="refused-agency"),
        pytest.param([f"bad,อบต.,{TYPE},,", "bad,i10,,1,2"], set(), id="unreadable-row"),
        pytest.param([f"bad,อบต.,{TYPE},,", "bad,i10,,x"], {"bad"}, id="unusable-score"),
    ],
)
def test_who_is_a_peer(workspace: Workspace, row: list[str], peers: set[str]) -> None:
    """A peer is an agency of the same type whose rows can be read."""
    workspace.append("data/agencies.csv", row[0])
    workspace.append(SCORES, row[1])

    assert set(read_record(workspace.root, AGENCY, load_framework(YEAR)).peers) == peers


def test_an_agency_without_type_has_no_peers(workspace: Workspace) -> None:
    """Nobody is alike where no type is stated."""
    workspace.append("data/agencies.csv", "a1,อบต.ก,,,", "a2,อบต.ข,,,")
    workspace.append(SCORES, "a1,i10,,1", "a2,i10,,2")

    assert read_record(workspace.root, "a1", load_framework(YEAR)).peers == {}


def test_the_document_s_fingerprint_knows_the_peers(workspace: Workspace) -> None:
    """The printed fingerprint of the data changes when a score of a peer does."""
    (first,) = alike(workspace, 1)
    before = build_case(AGENCY, YEAR, workspace.root).provenance.data
    workspace.edit(SCORES, f"{first},i10,,60", f"{first},i10,,61")

    assert build_case(AGENCY, YEAR, workspace.root).provenance.data != before


def test_peers_can_be_read_before_they_are_needed(workspace: Workspace) -> None:
    """What is read ahead for all types is what a document then finds."""
    first, _ = alike(workspace, 2)
    framework = load_framework(YEAR)
    warm_peers(workspace.root, framework)
    before = read_record(workspace.root, first, framework).peers

    assert set(before) == {AGENCY, "alike1"}
