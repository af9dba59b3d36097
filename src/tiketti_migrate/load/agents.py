"""Agents: who of the source's staff is whom of the target's.

The mapping file's ``[agents]`` wins; else the e-mail address decides where the target shows one, else the
exact name, if only one agent and only one user bear it.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tiketti_migrate.api import Member, Sink
from tiketti_migrate.mapping import MappingFile, nearest, parse_mapping
from tiketti_migrate.store import Ledger, StaffMember

__all__ = ["check_agents", "mapping_of", "match_agents"]

_NOBODY = ("", "none")
_NAMED = 12


def mapping_of(ledger: Ledger) -> MappingFile | None:
    """The mapping file that the source was read with, None without one."""
    text = ledger.get("mapping")
    return parse_mapping(text, ledger.get("mapping_file") or "the mapping file") if text else None


def check_agents(ledger: Ledger, mapping: MappingFile | None) -> dict[str, str]:
    """The keys of ``[agents]`` by the agents' source ids.

    Raises UsageError for those whom the source does not have, for one that several have, for two of one.
    """
    if mapping is None or not mapping.agents:
        return {}
    keys: defaultdict[str, set[str]] = defaultdict(set)
    names = []
    for agent in ledger.staff.members():
        names.append(agent.name)
        for key in (agent.source_id, agent.email, agent.name):
            if key:
                keys[_folded(key)].add(agent.source_id)
    lines: dict[str, str] = {}
    with mapping.mistakes() as mistake:
        for key in mapping.agents:
            found = keys.get(_folded(key), set())
            if len(found) == 1 and not found & lines.keys():
                lines.update(dict.fromkeys(found, key))
            elif not found:
                mistake(("agents", key), f"the source has no agent {key!r}", nearest(key, names))
            elif len(found) > 1:
                ids = ", ".join(sorted(found)[:_NAMED])
                mistake(
                    ("agents", key), f"several agents of the source are called {key!r}", f"their ids: {ids}"
                )
            else:
                mistake(("agents", key), f"the agent {key!r} is named by another line already", None)
    return lines


def match_agents(ledger: Ledger, sink: Sink, limit: int | None) -> list[str]:
    """Match those to whom tickets of this run are assigned; what people should know about it.

    The target is asked only as long as somebody is looked for. Raises UsageError for what ``[agents]`` says
    that leads nowhere.
    """
    mapping = mapping_of(ledger)
    lines = check_agents(ledger, mapping)
    said = {agent: mapping.agents[key].strip() for agent, key in lines.items()} if mapping else {}
    ledger.staff.forget(said)
    ledger.staff.leave({agent: value for agent, value in said.items() if _folded(value) in _NOBODY})
    ledger.staff.match({agent: value for agent, value in said.items() if _is_id(value)}, said)
    wanted = ledger.staff.unmatched(limit)
    if not wanted:
        return []
    search = _Search(wanted, said, _namesakes(ledger, wanted))
    for members in sink.team():
        search.add(members)
        if search.is_over:
            break
    found = {one.source_id: user for one in wanted if (user := search.user_of(one)) is not None}
    if mapping is not None:
        search.refuse_unknown(mapping, lines, wanted)
    ledger.staff.match({agent: user for agent, user in found.items() if agent in said}, said)
    ledger.staff.match({agent: user for agent, user in found.items() if agent not in said})
    return [text for one in wanted if (text := search.doubt(one))]


class _Search:
    """Looks for agents among those of the target's staff that were shown so far."""

    def __init__(
        self, wanted: Sequence[StaffMember], said: Mapping[str, str], namesakes: Mapping[str, int]
    ) -> None:
        self._wanted = wanted
        self._said = said
        self._namesakes = namesakes
        self._names: dict[str, str] = {}
        self._known: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, members: Iterable[Member]) -> None:
        """These are of the target's staff."""
        for member in members:
            for key in (member.user_id, member.email, member.name):
                if key:
                    self._known[_folded(key)].add(member.user_id)
            self._names.setdefault(member.user_id, member.name)

    @property
    def is_over(self) -> bool:
        """Nobody is left whom more of the staff could match."""
        return all(self._candidates(one) or self._is_hopeless(one) for one in self._wanted)

    def user_of(self, agent: StaffMember) -> str | None:
        """The user who stands for an agent, if exactly one does."""
        found = self._candidates(agent)
        return next(iter(found)) if len(found) == 1 else None

    def doubt(self, agent: StaffMember) -> str | None:
        """Why an agent is not matched although somebody in the target has their name."""
        if agent.source_id in self._said or self.user_of(agent) is not None:
            return None
        users = self._known.get(_folded(agent.name), set())
        if not users:
            return None
        several = "several users of the target" if len(users) > 1 else "several agents of the source"
        return (
            f"{several} are called {agent.name}: agent {agent.source_id} is matched with none of them;"
            " [agents] in a mapping file can do it"
        )

    def refuse_unknown(
        self, mapping: MappingFile, lines: Mapping[str, str], wanted: Iterable[StaffMember]
    ) -> None:
        """Raises UsageError for words of the mapping file that lead to nobody, or to several."""
        with mapping.mistakes() as mistake:
            for one in wanted:
                value = self._said.get(one.source_id)
                if value is None or self.user_of(one) is not None:
                    continue
                users = sorted(self._candidates(one))
                path = ("agents", lines[one.source_id])
                if users:
                    words = f"several users of the target are called {value!r}"
                    mistake(path, words, f"their ids: {', '.join(users[:_NAMED])}")
                else:
                    hint = f"{nearest(value, self._names.values())}; a user's id is taken as it is"
                    mistake(path, f"nobody who is seen in the target is called {value!r}", hint)

    def _candidates(self, agent: StaffMember) -> set[str]:
        said = self._said.get(agent.source_id)
        if said is not None:
            return self._known.get(_folded(said), set())
        by_address = self._known.get(_folded(agent.email), set()) if agent.email else set()
        if by_address or self._is_hopeless(agent):
            return by_address
        return self._known.get(_folded(agent.name), set())

    def _is_hopeless(self, agent: StaffMember) -> bool:
        return agent.source_id not in self._said and self._namesakes[_folded(agent.name)] > 1


def _namesakes(ledger: Ledger, wanted: Iterable[StaffMember]) -> Counter[str]:
    """How many agents of the source bear the names of these."""
    names = {_folded(one.name) for one in wanted}
    return Counter(name for one in ledger.staff.members() if (name := _folded(one.name)) in names)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_id(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False
