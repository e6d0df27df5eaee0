"""The things that captions name: which cut-out stamps and which class photos show them, and which of those are for testing."""

import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import resvg_py
from PIL import Image

from attention_core.training.scenes import class_photos

STAMPS = Path("/usr/share/tuxpaint/stamps")  # where Debian's package tuxpaint-stamps-default puts them
LARGEST = 320  # pixels on a stamp's longest side
SPLITS = ("train", "calibrate", "test")
MOST_PHOTOS = 160  # of a folder, in one split
HOLD_OUT_FROM = 3  # stamps of one thing, from which one in four, at least one, is kept for testing

# What a class of photos is called here, where it is not its own name; None leaves it out.
CALLED = {
    "garfield": None, "snoopy": None, "yin yang symbol": None, "brain": None, "wild cat": "cat",
    "dalmatian": "dog", "bass fish": "fish", "sea turtle": "turtle", "sailing boat": "boat", "schooner": "boat",
    "wooden chair": "chair", "tick insect": "tick", "brass instrument": "tuba", "brontosaurus": "dinosaur",
    "stegosaurus": "dinosaur", "cellphone": "phone", "ceiling fan": "fan", "dollar bill": "banknote", "electric guitar": "guitar",
    "grand piano": "piano", "headphone": "headphones", "inline skate": "skate", "joshua tree": "tree", "sea horse": "seahorse",
    "soccer ball": "ball", "stop sign": "sign", "water lily": "lily", "binocular": "binoculars",
}  # fmt: skip

# The stamps of each thing: the ends of their paths, without the extension. Those of one thing may be drawn or photographed.
CUT_OUT = {
    "airplane": "planes/747 cartoon/plane planes/plane f22_raptor vehicles/mustang", "ant": "cartoon/ant",
    "antelope": "indian_blackbuck", "apple": "apple_fuji apple_granny_smith apple_green apple_red apple_sierra_beauty cartoon/apple",
    "ball": "basketball volleyball cricketball sports/soccer tennis_ball", "balloon": "balloon360 seasonal/balloon",
    "banana": "fruit/banana cartoon/banana", "bat": "bat_left", "bear": "bears/bear european-bear", "beaver": "beaver",
    "bee": "insects/bee hornet hoverfly", "bicycle": "bluebike", "bin": "garbagecan trash_can wheelie_bin home_compost_bin",
    "binoculars": "binoculars", "bird": "blackbird crow cuckoo lark magpie swallow bluebird quetzal heron_greatblue seagull "
    "silver-gull adelaide-rosella rainbow-lorikeet", "boat": "tugboat chineseJunk sail_boat1 sail_boat2 walnutBoat",
    "bottle": "dishes/bottle", "bread": "bread", "broccoli": "broccoli", "bus": "iso_bus double_decker_bus schoolbus green_korean_bus",
    "butterfly": "insects/cartoon/butterfly monarchbutterfly easter/butterfly", "cake": "birthday_cake pink_cake smallcake",
    "camel": "camel/camel dromedary", "camera": "camera_35mm DSLR_Camera electronics/camera digitalcamera",
    "candle": "tealight seasonal/candle holiday_candle", "car": "beetle sedan sportscar sportscar2 sportscar3 f1_car indycar",
    "carrot": "carrot", "castle": "fairytale_castle cartoon/fort fortress ruins", "cat": "kitten blackcat",
    "cherry": "Cherry_Stella cherries cherries2", "chicken": "birds/hen chicken_profile", "clock": "symbols/clock clockface",
    "coin": "001penny 005nickel 025quarter coins/100 coins/050 yen010 yen500 050kennedy-halfdollar",
    "cow": "cow cow_white bull zebu", "crown": "crown1 crown2", "cup": "coffeecup expresso dishes/mug",
    "deer": "deer/deer doe wapiti caribou", "dinosaur": "dinosaurSings", "dog": "dogs/dog dingo", "dolphin": "dolphin",
    "donkey": "donkey donkey_eating", "dragonfly": "dragonfly", "dress": "black_dress top_skirt", "drum": "drum_tomtom_floor drumkit",
    "duck": "drake duck rubberduck", "elephant": "elephant",
    "fish": "bluegroper butterflyfish clownfish coraltrout dolphinfish lionfish moonwrasse stripedfish",
    "flag": "blue-and-yellowflag checkeredflag greenflag redflag whiteflag yellowflag", "flamingo": "pink_flamingo",
    "flower": "adeenia anemone_red anthoorium bolsom chemparathi flower1 flower2 flower3 flower5 flower6 flower8 flower9 flower10 "
    "marigold red-gazania whitestar-petunia yellow-flower pigface", "fly": "insects/fly cartoon/fly", "fork": "fork",
    "fridge": "fridge", "frog": "frog frog-1", "giraffe": "giraffe",
    "glasses": "glasses1 glasses2 sunglasses_01 sunglasses_02", "goat": "goat mountaingoat",
    "gravestone": "grave-a grave-b grave-c grave-d grave-e grave-f grave-g grave-h grave-i grave-j",
    "guitar": "guitar2 guitar_classical guitar_electric guitar_electric_bass guitar_electric_bass2", "hammer": "hammer hammer2",
    "hat": "blue_fedora brownhat brownhat2 cowboy_hat hats/elfhat feathered_hat green_fedora greenhat hardhat propeller_hat purplehat "
    "sombrero tophat wizardhat santahat santahat2 party-hat t_baseballcap", "heart": "heart", "hedgehog": "hedgehog",
    "helicopter": "eddieCopter", "horse": "horse", "house": "cityhouse farm swisshome pinkhome wooden_cottage cartoon/inn tavern",
    "jacket": "clothes/jacket t_jacket", "jug": "pitcher_small", "kangaroo": "kangaroo kangaroo-silo", "key": "household/key",
    "kite": "kite", "knife": "knife", "ladybug": "ladybug ladybug-2", "laptop": "laptop",
    "lemon": "fruit/lemon cartoon/lemon lemon_slice", "lettuce": "lettuce redlettuce", "lion": "cats/lion lion-2 cartoon/lion",
    "lobster": "lobster", "menorah": "hanukkah/menorah", "microwave": "microwave", "monitor": "monitor",
    "moon": "moon_3qt moon_crescent moon_full", "motorbike": "motorbike", "mushroom": "mushroom cep cep-1 toadstool",
    "orange": "fruit/orange cartoon/orange orange_seville mandarine sliced_orange", "owl": "owl", "padlock": "padlock_closed padlock_open",
    "peacock": "peacock albino_peahen", "pear": "fruit/pear cartoon/pear", "pen": "ballpointpen biro pen_dryerase",
    "pencil": "Pencil pencil2", "penguin": "birds/penguin little-penguin magellanic_penguin pengwin cartoon/tux",
    "pepper": "pepper yellowpepper chilepepper",
    "person": "man_in_suit woman_chemist woman_dancing woman_doctor woman_nurse woman_police_officer_1 woman_police_officer_2 "
    "fireman200b people/fireman240a", "phone": "mobile phone", "pig": "pig pig_golden pig_golden2", "pigeon": "pigeon",
    "pineapple": "pineapple cartoon/pineapple", "pizza": "pizza",
    "planet": "1_mercury 2_venus 4_mars 5_jupiter 6_saturn 7_uranus 8_neptune", "printer": "inkjet_printer laser_printer",
    "pumpkin": "pumpkin_small jackolantern_mean", "pyramid": "pyramid", "rabbit": "rabbit rabbit-2 rabbit_little easter/bunny bunny-head",
    "raspberry": "raspberry", "rhino": "rhino_black", "rocket": "rocket1 rocket2 rocket3 rocket4 rocket5 toyrocket",
    "rooster": "rooster", "rose": "flowers/rose", "scissors": "scissors_small_closed scissors_small_open", "seahorse": "seahorse",
    "sheep": "sheep sheep_lamb ram", "shirt": "t-shirt_01 t_poloshirt t_shirt t_tshirt", "shoe": "hikingboot red_highheel",
    "sign": "roadsigns/stop dead_end_sign give_way_sign no_entry_sign no_uturn roundabout yield xing_ped crossroads",
    "snail": "snail snail2", "snowman": "cartoon/snowman winter/snowman snowman2",
    "spider": "spider spider2", "spoon": "spoon", "squirrel": "squirrel", "star": "christmas/star shapes/star",
    "stoplight": "stoplight_01_red stoplight_02_yellow stoplight_03_green", "strawberry": "strawberry Strawberry2",
    "teapot": "teapot kettle", "tent": "town/houses/cartoon/tent medieval_tent circus tepee", "tie": "bowtie", "tiger": "tiger tiger_sumatran",
    "toilet": "household/toilet", "tomato": "tomato", "tower": "tower_flag_red tower_round tower_round_flag tower_square watch_tower lighthouse",
    "tractor": "cartoon/tractor tux_tractor", "train": "white_train toy_train locomotive/cartoon/carriage caboose",
    "tree": "birch holm_oak liberia-palm tree336 Christmas_Tree_photo christmas/tree", "trousers": "bluejeans1 bluejeans2 bellbottoms "
    "t_pants white_pants", "truck": "auto/truck blue_truck toy_truck iso_lorry1 iso_lorry2 iso_lorry3 iso_lorry4 dumper garbagetruck "
    "cementMixer towTruck emergency/firetruck cartoon/fire_engine iso_fireengine", "trumpet": "trumpet", "umbrella": "umbrella",
    "violin": "violin violin2 cello", "whale": "whale orca", "wheel": "7spoke256 bikewheel tyre_with_rim wheel_tractor",
    "windmill": "windmill", "wrench": "wrench wrench_adjustable wrench_plumbers", "zebra": "zebra zebra2",
}  # fmt: skip

PAIRS = frozenset({"binoculars", "glasses", "headphones", "scissors", "trousers"})  # "a pair of …"
PLURALS = {
    "bus": "buses", "butterfly": "butterflies", "cherry": "cherries", "crayfish": "crayfish", "daisy": "daisies",
    "deer": "deer", "dragonfly": "dragonflies", "fish": "fish", "fly": "flies", "ibis": "ibises", "knife": "knives",
    "ferry": "ferries", "lily": "lilies", "lotus": "lotuses", "mayfly": "mayflies", "nautilus": "nautiluses", "octopus": "octopuses",
    "person": "people", "platypus": "platypuses", "sheep": "sheep", "starfish": "starfish", "strawberry": "strawberries",
    "tomato": "tomatoes", "watch": "watches", "wrench": "wrenches", "raspberry": "raspberries",
    "bread": "breads", "lettuce": "lettuces",
}  # fmt: skip


def plural(noun: str) -> str:
    """The word for two or more of a thing."""
    return noun if noun in PAIRS else PLURALS.get(noun, noun + "s")


@dataclass(frozen=True)
class Things:
    """What a split's scenes are made of.

    Args:
        cut_out: The stamps of each noun that has any.
        photos: The class photos of each noun that has any.
        grounds: Photos of no class.
        unseen: The stamps and photos that training never uses.
    """

    cut_out: Mapping[str, tuple[Path, ...]]
    photos: Mapping[str, tuple[Path, ...]]
    grounds: tuple[Path, ...]
    unseen: frozenset[Path]

    @functools.cached_property
    def nouns(self) -> tuple[str, ...]:
        return tuple(sorted({*self.cut_out, *self.photos}))


def read_things(images: Path, split: str, stamps: Path = STAMPS) -> Things:
    """The things of one split: "train", "calibrate" or "test".

    No photo is in two splits. Of a thing with three stamps or more, one in four is for test scenes alone; a thing with
    fewer shows the same ones everywhere.

    Raises:
        FileNotFoundError: there are no stamps.
    """
    if not stamps.is_dir():
        raise FileNotFoundError(f"{stamps} must hold stamps, got no such folder. Install the package tuxpaint-stamps-default.")
    photos, grounds = {}, {}
    for each in SPLITS:
        named = class_photos(images, each, MOST_PHOTOS)
        grounds[each] = tuple(named.pop("", ()))
        photos[each] = {}
        for name, paths in named.items():
            noun = CALLED.get(name, name)
            if noun:
                photos[each][noun] = photos[each].get(noun, ()) + tuple(paths)
    all_stamps = {noun: find_stamps(stamps, ends) for noun, ends in CUT_OUT.items()}
    kept = {noun: paths[: max(1, len(paths) // 4)] if len(paths) >= HOLD_OUT_FROM else () for noun, paths in all_stamps.items()}
    cut_out = {
        noun: (kept[noun] or paths) if split == "test" else tuple(path for path in paths if path not in kept[noun])
        for noun, paths in all_stamps.items()
        if paths
    }
    unseen = {path for paths in kept.values() for path in paths} | {path for paths in photos["test"].values() for path in paths}
    return Things(cut_out, photos[split], grounds[split], frozenset(unseen))


@functools.lru_cache(maxsize=512)
def find_stamps(stamps: Path, ends: str) -> tuple[Path, ...]:
    """The stamps whose paths end so, in an order that mixes drawings and photographs; of a PNG and an SVG of one name, the PNG."""
    found = {}
    for end in ends.split():
        paths = [path for path in _all_stamps(stamps) if f"/{path.with_suffix('').as_posix()}".endswith(f"/{end}")]
        found |= {path.with_suffix(""): path for path in reversed(paths)}
    order = sorted(found, key=lambda path: (hash_of(path.name), path.as_posix()))
    return tuple(found[path] for path in order)


def hash_of(text: str) -> int:
    """A number that depends on the text alone."""
    return functools.reduce(lambda total, letter: (total * 131 + ord(letter)) % 1_000_003, text, 7)


@functools.cache
def _all_stamps(stamps: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in stamps.rglob("*") if path.suffix in (".png", ".svg")))


@functools.lru_cache(maxsize=1024)
def read_stamp(path: Path) -> Image.Image:
    """A stamp as RGBA, cut to what is not transparent, at most 320 pixels on a side."""
    if path.suffix == ".svg":
        drawn = resvg_py.svg_to_bytes(svg_path=str(path), width=LARGEST, dpi=96, skip_system_fonts=True)
        picture = Image.open(io.BytesIO(drawn))
    else:
        picture = Image.open(path)
    picture = picture.convert("RGBA")
    picture = picture.crop(picture.getchannel("A").point(lambda value: 255 * (value > 40)).getbbox())
    scale = LARGEST / max(picture.size)
    return picture.resize(tuple(max(1, round(side * scale)) for side in picture.size), Image.Resampling.LANCZOS)
