"""Refusals of this room."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import AyniError, Refused


class FileRefused(AyniError):
    """A file is not what it must be; nothing of it was loaded. One sentence for each problem."""

    code = "file_refused"

    def __init__(self, file: str, problems: Sequence[str], more: int = 0) -> None:
        self.file, self.problems, self.more = file, tuple(problems), more
        lines = [f"{file}: {problem}" for problem in problems]
        if more:
            lines.append(gettext("%(file)s: and %(number)s more") % {"file": file, "number": more})
        super().__init__("\n".join([*lines, gettext("Nothing was loaded.")]))


class FileChanged(AyniError):
    """A file changed while it was loaded; what was loaded stands, running again completes it."""

    code = "file_changed"

    def __init__(self, file: str) -> None:
        super().__init__(
            gettext("%(file)s: the file changed while it was loaded. Run the command again.")
            % {"file": file}
        )


class NotThisNode(Refused):
    """The files of one state's hotline belong to that state's node."""

    code = "not_this_node"
    reason = _(
        "These are records of Argentina. They are loaded and counted on Argentina's node only."
    )


class UnknownInstitution(Refused):
    """No active institution of this node's state has this code."""

    code = "unknown_institution"
    reason = _("This node has no institution with this code.")


class LoadUnderWay(Refused):
    """Two loads at once would come in each other's way."""

    code = "load_under_way"
    reason = _("Another load is under way on this node. Wait until it has ended.")


class UploadUnderWay(Refused):
    """An officer has one file at a time."""

    code = "upload_under_way"
    reason = _("The file that you gave before is still being read. Wait until it is done.")


class NothingLoaded(Refused):
    """There is nothing to count yet."""

    code = "nothing_loaded"
    reason = _("No file of Línea 145 has been loaded for this institution.")


class UnknownIndicator(Refused):
    """There is no indicator with this code."""

    code = "unknown_indicator"
    reason = _("There is no such indicator.")


class SourceCannot(Refused):
    """This source does not say what the indicator counts, or not so finely as was asked."""

    code = "source_cannot"
    reason = _("This source does not say what the indicator counts.")


class UnknownArea(Refused):
    """No such state, region or corridor, or this indicator has none."""

    code = "unknown_area"
    reason = _("There is no such state or region.")


class WrongPeriod(Refused):
    """The years that were asked for are none."""

    code = "wrong_period"
    reason = _("The first year must not be after the last one.")


class NotLoaded(Refused):
    """Nothing of this source has been loaded on this node."""

    code = "not_loaded"
    reason = _("Nothing of this source has been loaded on this node yet.")


class HeldElsewhere(Refused):
    """The reader's own institution has no such records, and another one has. `names`: which ones,
    as the reader is told them."""

    code = "held_elsewhere"
    reason = _("Your institution keeps no records of this source; another one of this node does.")
    told = _(
        "Your institution keeps no records of this source. On this node they are kept by: "
        "%(names)s. Ask a statistician there, or the national statistician of your state, who "
        "reads the figures of every institution of this node."
    )

    def __init__(self, names: str) -> None:
        super().__init__(self.told % {"names": names})


class NothingCounted(Refused):
    """The source holds nothing for this area and period: unknown, not zero."""

    code = "nothing_counted"
    reason = _("This source holds nothing for this area and period. That is unknown, not zero.")


class TooFew(Refused):
    """The filters leave so few cases that a figure of them could single somebody out, or (`mask`
    says nothing of how many) a figure from which that of so few would follow."""

    code = "too_few"

    def __init__(self, mask: str) -> None:
        super().__init__(
            gettext(
                "A figure of so few cases that it could single somebody out would follow from what "
                "these filters leave, so it is not shown. Choose all years, or fewer filters."
            )
            if not mask.startswith("<")
            else gettext(
                "These filters leave too few cases (%(mask)s). A figure of so few could single "
                "somebody out, so none is shown. Choose more years or fewer filters."
            )
            % {"mask": mask}
        )


class NoOutline(Refused):
    """The file that maps are drawn from is not there, or is none."""

    code = "no_outline"
    reason = _(
        "The map cannot be drawn: this node has no file of outlines, or not a sound one. The "
        "numbers of the map stand in the other figures. Tell whoever runs this node."
    )


class NoParquet(Refused):
    """The library for Parquet is not installed on this node."""

    code = "no_parquet"
    reason = _(
        "This node cannot write Parquet: its part for the observatory is not installed. Take CSV, "
        "XLSX or JSON."
    )


class NotRegular(Refused):
    """A content that its owner signed is no table: a column twice, or a ragged record."""

    code = "not_regular"
    reason = _(
        "These figures have records or tables with a column too many or too few, so that no file "
        "can be made of them. Only a corrected release of their owner helps."
    )


class FilesBusy(Refused):
    """Files are made one at a time, and others are being made; nothing is wrong with this one."""

    code = "files_busy"
    reason = _(
        "This node is making other files now. Wait a moment and ask for this one again. The "
        "figures themselves stand on the page."
    )
    seconds = 5  # after which to ask again
