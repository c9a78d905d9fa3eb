"""The years side by side: what was scored, which changes may be read as such, and which may not and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ita_nb.analysis.trend import Change, LevelNames, NodeTrend, Trend, percentile_among_peers
from ita_nb.case import Case
from ita_nb.document.blocks import Block, Column, Heading, Paragraph, Row, Section, Table
from ita_nb.document.narrative import say
from ita_nb.exhibits import figures, text
from ita_nb.exhibits.sentences import DOUBT
from ita_nb.facts.crosswalk import year_th
from ita_nb.facts.kinds import TOTAL, LevelScheme, Node
from ita_nb.frames import Report
from ita_nb.thai import number_text, signed_text

_LEVELS: dict[LevelScheme, str] = {
    "letters": "ระดับแบบตัวอักษร",
    "words": "ระดับแบบถ้อยคำ",
    "unknown": "ระดับ (ไม่ทราบแบบ)",
}


def trend(report: Report[Case]) -> Section:
    """Return the years side by side; changes of single items are shown in the working edition only."""
    case, working = report.case, report.is_working
    found = case.trend
    blocks: list[Block] = [Heading(level=2, text="แนวโน้มรายปี")]
    if len(found.years) < 2:
        only = [say("trend.one_year", year=year_th(year)) for year in found.years]
        blocks.append(Paragraph(text=only[0] if only else say("trend.no_scores")))
    else:
        shown = _shown(case)
        nothing = Paragraph(text=say("trend.no_chart"))
        blocks += [figures.trend(case, shown) if shown else nothing, _scores_table(found, shown)]
        changes = [change for one in found.nodes for change in one.changes]
        blocks += _changes(case, changes, "ผลต่างของคะแนนที่เปรียบเทียบระหว่างปีได้")
        if working:
            blocks += _refusals(changes, "คะแนนที่เปรียบเทียบไม่ได้ และเหตุผล")
        elif any(not change.link.comparable for change in changes):
            # The publication says only that there is no comparison; the working edition lists them.
            blocks.append(Paragraph(text=say("trend.refused")))
        if working and found.items and found.items[0].after_year == case.fiscal_year:
            blocks += _changes(case, found.items, "ผลต่างของคะแนนรายข้อที่เปรียบเทียบระหว่างปีได้")
            blocks += _refusals(found.items, "คะแนนรายข้อที่เปรียบเทียบไม่ได้ และเหตุผล")
    return Section(blocks=(*blocks, *_among_peers(case)))


def _shown(case: Case) -> list[NodeTrend]:
    """The total and the instruments, as far as they have scores."""
    codes = [TOTAL, *(i.code for i in case.framework.instruments)]
    return [one for code in codes if (one := case.trend.of(code)) is not None]


def _doubted(found: Trend) -> set[tuple[Node, int]]:
    """Return the printed scores that their own parts contradict."""
    return {(p.node, p.fiscal_year) for one in found.nodes for p in one.points if p.contradicted}


# ---------------------------------------------------------------- scores


def _scores_table(found: Trend, shown: Sequence[NodeTrend]) -> Table:
    doubted = _doubted(found) & {(one.node, year) for one in shown for year in found.years}
    rows = tuple(
        Row(
            cells=(
                str(year),
                *(text.score(one.score(year)) + "**" * ((one.node, year) in doubted) for one in shown),
                *(names.by_year.get(year, "-") for names in found.levels),
            )
        )
        for year in found.years
    )
    notes = ["ระดับเป็นชื่อที่ระบุในผลการประเมินของปีนั้น ระดับที่อยู่คนละคอลัมน์เปรียบเทียบกันไม่ได้"] if found.levels else []
    return Table(
        columns=(
            Column(heading="ปีงบประมาณ พ.ศ.", width=1.5, align="center"),
            *(Column(heading=one.node.name_th, width=1.1, align="right") for one in shown),
            *(
                Column(heading=heading, width=1.45, align="center")
                for heading in _level_headings(found.levels)
            ),
        ),
        rows=rows,
        caption="คะแนนและระดับรายปี",
        notes=(*notes, *([f"** {DOUBT}"] if doubted else [])),
    )


def _level_headings(levels: Sequence[LevelNames]) -> list[str]:
    """Head each column by its kind of names; columns of one kind are told apart by their years."""
    if len(levels) == 1:
        return ["ระดับ"]
    kinds = [names.scheme for names in levels]
    years = [
        f" ({min(n.by_year)}-{max(n.by_year)})" if len(n.by_year) > 1 else f" ({min(n.by_year)})"
        for n in levels
    ]
    return [
        _LEVELS[kind] + (own if kinds.count(kind) > 1 else "") for kind, own in zip(kinds, years, strict=True)
    ]


# ---------------------------------------------------------------- changes


def _changes(case: Case, changes: Iterable[Change], caption: str) -> list[Block]:
    """Return the table of the changes that may be read as such, the newest years first."""
    told = [change for change in changes if change.difference is not None]
    if not told:
        return []
    marks = {change: _marks(change, _doubted(case.trend)) for change in told}
    with_split = any(change.split for change in told)
    rows: list[Row] = []
    for years, own in _by_years(told):
        rows.append(_years_row(years))
        rows += [Row(cells=_cells(case, c, marks[c])[: 5 if with_split else 4]) for c in own]
    columns = (
        Column(heading="รายการ", width=2.2),
        Column(heading="คะแนนปีก่อน", width=1.2, align="right"),
        Column(heading="คะแนนปีหลัง", width=1.2, align="right"),
        Column(heading="ผลต่าง", width=1.2, align="right"),
        Column(heading="แยกเป็น", width=2.0),
    )
    caveats = dict.fromkeys(reason for change in told for reason in change.link.reasons_th)
    notes = [say("trend.no_cause"), *([say("trend.split")] if with_split else [])]
    notes += [f"* เปรียบเทียบได้โดยมีข้อสังเกต: {', '.join(caveats)}"] if caveats else []
    notes += [f"** {DOUBT}"] if any("**" in mark.split() for mark in marks.values()) else []
    return [
        Table(
            columns=columns[: 5 if with_split else 4], rows=tuple(rows), caption=caption, notes=tuple(notes)
        )
    ]


def _marks(change: Change, doubted: set[tuple[Node, int]]) -> str:
    ends = {(change.node, change.before_year), (change.node, change.after_year)}
    return " ".join([*([] if change.link.certain else ["*"]), *(["**"] if ends & doubted else [])])


def _cells(case: Case, change: Change, marks: str) -> tuple[str, ...]:
    old_code = change.link.before
    moved = f" (เดิม {old_code})" if old_code and old_code != change.link.after else ""
    item = change.node.code in case.framework.leaves
    name = text.node_item(case, change.node) if item else change.node.name_th
    split = change.split
    return (
        f"{name}{moved}{' ' if marks else ''}{marks}",
        text.score(change.before),
        text.score(change.after),
        signed_text(change.difference or Fraction(0)),
        f"จากคะแนน {signed_text(split.scores)}\nจากน้ำหนัก {signed_text(split.weights)}" if split else "-",
    )


def _by_years(changes: Iterable[Change]) -> list[tuple[tuple[int, int], list[Change]]]:
    """Group changes by their two years, the newest first."""
    grouped: dict[tuple[int, int], list[Change]] = {}
    for change in changes:
        grouped.setdefault((change.before_year, change.after_year), []).append(change)
    return sorted(grouped.items(), key=lambda entry: entry[0][::-1], reverse=True)


def _refusals(changes: Sequence[Change], caption: str) -> list[Block]:
    """Return the reasons why scores are not compared, each with the scores that it concerns."""
    rows: list[Row] = []
    for years, own in _by_years(changes):
        nodes_by_reason: dict[str, list[Node]] = {}
        for change in own:
            reasons = () if change.link.comparable else change.link.reasons_th
            if change.link.comparable and change.before is None:
                reasons = (f"ไม่มีคะแนนของ{year_th(change.before_year)}",)
            for reason in reasons:
                nodes_by_reason.setdefault(reason, []).append(change.node)
        listed = [Row(cells=(_names(nodes, len(own)), why)) for why, nodes in nodes_by_reason.items()]
        rows += [_years_row(years), *listed] if listed else []
    columns = (Column(heading="รายการ", width=1.6), Column(heading="เหตุผล", width=3.6))
    return [Table(columns=columns, rows=tuple(rows), caption=caption)] if rows else []


def _years_row(years: tuple[int, int]) -> Row:
    return Row(kind="group", cells=(f"{year_th(years[1])} เทียบกับ{year_th(years[0])}",))


def _names(nodes: Sequence[Node], all_nodes: int) -> str:
    """``คะแนนรวม, IIT, ตัวชี้วัดที่ 1, 2``: the word before a run of codes is said once."""
    if len(nodes) == all_nodes > 1:
        return "ทุกรายการที่มีคะแนน"
    said, last = [], ""
    for node in nodes:
        word, _, code = node.name_th.partition(" ")
        said.append(code if code and word == last else node.name_th)
        last = word
    return ", ".join(said)


# ---------------------------------------------------------------- the same year, other agencies


def _among_peers(case: Case) -> list[Block]:
    found = percentile_among_peers(case.scores, Node(TOTAL))
    if found is None:
        return []
    doubt = f" ({DOUBT})" if (found.node, case.fiscal_year) in _doubted(case.trend) else ""
    values = {"score": number_text(found.score), "percentile": number_text(found.percentile)}
    place = say("trend.peers", count=found.peers, name=found.node.name_th, **values)
    return [Paragraph(text=f"{place}{doubt} {say('trend.peers_differ')}")]
