"""Why an import cannot begin or go on; each message is one sentence that names the file, column or key at fault.

ImportRefused
├── UnknownMapping      no shipped mapping and no file of that name
├── InvalidMapping      a mapping that cannot be read or contradicts itself
├── UnreadableFile      a file that is missing, or is not what its name says
├── MissingColumn       a column that the mapping names and the file lacks
└── ImportInProgress    another process is importing from the same source
"""


class ImportRefused(Exception):
    """The caller can act: put the named thing right and run the import again."""


class UnknownMapping(ImportRefused):
    pass


class InvalidMapping(ImportRefused):
    pass


class UnreadableFile(ImportRefused):
    pass


class MissingColumn(ImportRefused):
    pass


class ImportInProgress(ImportRefused):
    pass
