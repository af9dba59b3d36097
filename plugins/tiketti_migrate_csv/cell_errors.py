"""What spreadsheets write in the place of a value that they could not work out."""

__all__ = ["ERROR", "ERROR_WORDS", "NO_RESULT"]

# Ours: a program wrote the formula, and no spreadsheet has worked it out since.
NO_RESULT = "#NOT-COMPUTED!"
# Of a kind that has no word below.
ERROR = "#ERROR!"

# Workbooks keep them in English; what is saved as text has them in the language of the program.
_ENGLISH = (
    "#REF! #N/A #VALUE! #DIV/0! #NAME? #NUM! #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #BUSY! "
    "#UNKNOWN! #GETTING_DATA #EXTERNAL! #PYTHON! #TIMEOUT!"
)
_GERMAN = "#BEZUG! #NV #WERT! #ZAHL! #ÜBERLAUF! #KALK!"
_FRENCH = "#VALEUR! #NOM? #NOMBRE! #NUL! #PROPAGATION!"
_SPANISH = "#¡REF! #N/D #¡VALOR! #¡DIV/0! #¿NOMBRE? #¡NUM! #¡NULO!"
_PORTUGUESE = "#VALOR! #NOME? #NÚM! #NULO!"
_SWEDISH = "#REFERENS! #SAKNAS! #VÄRDEFEL! #DIVISION/0! #NAMN? #OGILTIGT! #SKÄRNING!"
_FINNISH = "#VIITTAUS! #PUUTTUU! #ARVO! #JAKO/0! #NIMI? #LUKU! #TYHJÄ!"
_OPEN_OFFICE = " ".join(f"Err:{number}" for number in range(501, 541))

ERROR_WORDS = frozenset(
    " ".join(
        (
            NO_RESULT,
            ERROR,
            _ENGLISH,
            _GERMAN,
            _FRENCH,
            _SPANISH,
            _PORTUGUESE,
            _SWEDISH,
            _FINNISH,
            _OPEN_OFFICE,
        )
    ).split()
)
