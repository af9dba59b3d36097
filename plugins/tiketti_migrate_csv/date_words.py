"""Words in dates: months, days of the week and time zones, in the languages that headers are read in."""

from collections.abc import Mapping
from datetime import timedelta

from tiketti_migrate_csv.plain import language_words

__all__ = ["MONTHS", "MONTH_NAMES", "WEEKDAYS", "ZONE_OFFSETS"]

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip

# One line a month: English, Finnish, German, French, Spanish, Portuguese, Swedish, full and abbreviated.
_MONTHS = (
    "january, jan, tammikuu, tammi, januar, jänner, janvier, janv, enero, ene, janeiro, januari",
    "february, feb, helmikuu, helmi, februar, feber, février, févr, fév, febrero, fevereiro, februari, febr",
    "march, mar, maaliskuu, maalis, märz, mrz, mär, mars, marzo, março",
    "april, apr, huhtikuu, huhti, avril, avr, abril, abr",
    "may, toukokuu, touko, mai, mayo, maio, maj",
    "june, jun, kesäkuu, kesä, juni, juin, junio, junho",
    "july, jul, heinäkuu, heinä, juli, juillet, juil, juill, julio, julho",
    "august, aug, elokuu, elo, août, aoû, agosto, ago, augusti",
    "september, sep, sept, syyskuu, syys, septembre, septiembre, setiembre, setembro, set",
    "october, oct, lokakuu, loka, oktober, okt, octobre, octubre, outubro, out",
    "november, nov, marraskuu, marras, novembre, noviembre, novembro",
    "december, dec, joulukuu, joulu, dezember, dez, décembre, déc, diciembre, dic, dezembro",
)
# Finnish dates have the month in the partitive: "3. maaliskuuta 2021".
MONTHS: Mapping[str, int] = {
    form: number
    for number, names in enumerate(_MONTHS, start=1)
    for word in language_words(names)
    for form in ((word, f"{word}ta") if word.endswith("kuu") else (word,))
}

WEEKDAYS = frozenset(
    language_words(
        "monday, tuesday, wednesday, thursday, friday, saturday, sunday",
        "mon, tue, tues, wed, thu, thur, thurs, fri, sat, sun",
        "maanantai, tiistai, keskiviikko, torstai, perjantai, lauantai, sunnuntai",
        "ma, ti, ke, to, pe, la, su",
        "maanantaina, tiistaina, keskiviikkona, torstaina, perjantaina, lauantaina, sunnuntaina",
        "montag, dienstag, mittwoch, donnerstag, freitag, samstag, sonnabend, sonntag",
        "mo, di, mi, do, fr, sa, so",
        "lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche, lun, mar, mer, jeu, ven, sam, dim",
        "lunes, martes, miércoles, jueves, viernes, sábado, domingo, mié, jue, vie, sáb, dom",
        "segunda, terça, quarta, quinta, sexta, segunda-feira, terça-feira, quarta-feira, quinta-feira",
        "sexta-feira, seg, ter, qua, qui, sex",
        "måndagen, tisdagen, onsdagen, torsdagen, fredagen, lördagen, söndagen",
        "måndag, tisdag, onsdag, torsdag, fredag, lördag, söndag, mån, tis, ons, tor, tors, fre, lör, sön",
    )
)

# Hours from UTC. Letters of several zones far apart (IST) are left out: `--timezone` settles them.
_HOURS = {
    0: "z, utc, gmt, ut, wet, wez",
    1: "cet, mez, west, bst",
    2: "eet, cest, mesz, oez",
    3: "eest, oesz, msk, trt",
    -3: "brt, art",
    -4: "edt, ast",
    -5: "est, cdt",
    -6: "cst, mdt",
    -7: "mst, pdt",
    -8: "pst, akdt",
    -9: "akst",
    -10: "hst",
    8: "awst, sgt",
    9: "jst, kst",
    10: "aest",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
}
ZONE_OFFSETS: Mapping[str, timedelta] = {
    word: timedelta(hours=hours) for hours, words in _HOURS.items() for word in language_words(words)
}
