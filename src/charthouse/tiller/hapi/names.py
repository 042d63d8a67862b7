"""Names for releases that were given none.

Whose rules: helm v2.17.0 pkg/tiller/release_server.go (createUniqName): `adjective-animal`, five tries, at most 53
letters. The words are ours: Tiller's come from another library, at random.
"""

from __future__ import annotations

from charthouse.actions.helm2.errors import TillerRefusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["generated_name"]

_TRIES = 5
_LONGEST = 53
_ADJECTIVES = """
amber ample azure balmy bold brave brisk bronze calm cheery civil clever coral cosy crisp curly daring dapper eager
early earnest fair famous fancy fleet fluffy fond frank gentle giddy glad golden grand handy hardy honest humble icy
idle jaunty jolly keen kind lanky limber lively loyal lucky lunar mellow merry mighty misty modest mossy nimble noble
olive patient plucky polite proud quick quiet rapid rosy royal rustic sandy shiny silent silver sleek smooth snowy
solar sturdy subtle sunny swift tawny tender tidy tiny upbeat vast vivid warm wary wise witty zesty
"""
_ANIMALS = """
alpaca ant badger bat bear beaver bee bison boar bobcat buffalo camel cat cheetah cobra condor coyote crab crane
cricket crow deer dingo dog dolphin dove duck eagle eel elk emu falcon ferret finch fox frog gazelle gecko gibbon goat
goose gopher gull hare hawk hedgehog heron hippo horse hyena ibex ibis iguana jackal jaguar jay kiwi koala lark lemur
leopard lion lizard llama lobster lynx magpie marmot marten mink mole moose moth mouse mule newt ocelot orca oryx otter
owl panda panther parrot pelican penguin pig pony puffin puma quail rabbit raven robin salmon seal shark sheep shrew
skunk sloth snail sparrow squid stoat stork swan tapir tern tiger toad trout turtle viper vole walrus weasel whale wolf
wombat wren yak zebra
"""


def generated_name(random: Callable[[int], bytes], is_taken: Callable[[str], bool]) -> str:
    """A name nobody has. random: so many random bytes. Raises TillerRefusal."""
    adjectives, animals = _ADJECTIVES.split(), _ANIMALS.split()
    for _ in range(_TRIES):
        which = divmod(int.from_bytes(random(8), "big"), 1 << 32)
        name = f"{adjectives[which[1] % len(adjectives)]}-{animals[which[0] % len(animals)]}"[:_LONGEST]
        if not is_taken(name):
            return name
    raise TillerRefusal("no available release name found")
