# ruff: noqa: RUF001 - other scripts are the subject here
"""Small linguistic tables of our own: titles, particles, initials' company, patronymics, endings.

General knowledge of how names are built, no list of persons. All entries are folded as `api.names.fold`
folds.
"""

import re

from api.names.fold import fold


def _folded(*lines: str) -> frozenset[str]:
    return frozenset(fold(word) for line in lines for word in line.split())


# Words before (or, for degrees, after) a name that are no part of it.
TITLES = _folded(
    "mr mrs ms miss mx dr prof professor sir dame lord lady baroness viscount viscountess honourable",
    "honorable",
    "hon rt reverend rev president premier minister chancellor senator representative congressman",
    "congresswoman",
    "governor ambassador secretary deputy chairman chairwoman speaker princess emir ayatollah imam mullah",
    "hojjatoleslam sultan dato datuk tan-sri encik lieutenant lt colonel col captain capt admiral",
    "commander sgt",
    "sergeant brigadier brig herr frau dipl ing phd md mep obe cbe mbe mme mlle monsieur madame señor",
    "señora sr",
    "sra srta dott dottssa onorevole avv dhr mevr drs pani inż mgr judr mudr rndr phdr paedr mvdr csc",
    "drsc thdr",
    "sayın gospodin gospozha gospodar dra engr eng bsc llb llm mba bcom msc esq jr junior snr jnr ii iii iv",
    "г-н господин госпожа г-жа президент премьер министр депутат сенатор академик профессор доктор генерал",
    "полковник майор капитан адмирал пані спадар спадарыня прэзідэнт міністр дэпутат міністр академік",
    "דר ד״ר פרופ פרופסור הרב ח״כ السيد السيدة الدكتور دکتر الشيخ الأمير الأميرة الرئيس",
)

# Titles that are names as well ("Prince", "Ma", "Pan"): they count little instead of being left out.
MAYBE_TITLES = _folded(
    "king queen prince princess duke earl count baron pope saint st father sister brother fr general gen",
    "major maj",
    "marshal sheikh sheik shaikh shaykh hajji haji hj h tun tan sri puan tuan pan don dom dona doña don",
    "on mw ir p m",
    "doc mag lic bey bay hanım paşa tov ba ma mp qc kc sen rep gov amb mayor chair ms senior filho neto",
    "júnior k",
    "пан князь граф барон митрополит патриарх епископ שיר מר גב רב شيخ سيد الملك د κ κος κα δρ",
)

# Words that stand before a surname, are joined to it or left out.
PARTICLES = _folded(
    "van von der den de del della dei degli di da do dos das du des la le les lo los las el al ter ten te",
    "tot zu",
    "zum zur vom und y e i af av ap ab ben bin ibn bint binti bte abu abd ould mac mc o ua ni nic st san",
    "santa",
    "ван фон дер ден де дель ди да ду ла ле эль аль бин ибн бен бен- абу оглы оглу кызы углы улы уулу",
    "بن ابن بنت أبو ابو آل ال عبد بو ول 的 פון ואן דה בן אבן אל אבו בר בת ד ντε φον βαν λε λα ντα",
    "oglu ogly oghlu ogli oglou kyzy kizi gizi qizi zade uly uulu",
)

# Endings of patronymics in any spelling, on folded Latin.
PATRONYMIC = re.compile(
    r".{2,}(?:[oeay]?v[iy]?[cz]h?|[oe]vi[cz]h?|[oe]wic[zh]|vitch|vitsj|witsch|[oeay]vn[ay]|[oeay]wna|ichna|inichna|ivna|yivna|awna|aŭna"
    r"|evich|ovich|avich|yevich|ovych|yovych|evych|ievich|ilyich|ilich|kuzmich|fomich|oglu|ogly|oghlu|ovitch|evitch|ouna|euna|auna)$",
)

# What makes another surname of a surname or given name, on the plain spelling of `api.names.given`.
SURNAME_ENDING = re.compile(
    r"[ei]?(?:ov|ev|of|ef|in)|enko|(?:ov|ev)?i[cz]|i?uk|[cs]?iuk|sk(?:i+|ii)|ian|idze|svili"
)

# "Servant of": opens a name of two words that is often written as one.
SERVANT = _folded("abd abdul abdel abdal abdol abdur abdoul abdal عبد")
