"""ita-nb: from a Thai agency's ITA result to the documents that it must publish.

Start reading at :mod:`ita_nb.case`.
"""

__version__ = "0.1.0"
