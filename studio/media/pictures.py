"""Pictures of one clip, decoded again whenever they are asked for: a video stream, or a still photo held.

Both answer ``frames(part)`` with upright BT.709 RGB of one size; `studio.media.read` decides which one a file is.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InputError, MediaError
from studio.core.frames import Frame, Size
from studio.core.time import FrameRange
from studio.media.hdr import TRANSFER_OF_TAG, Transfer, cube_text
from studio.media.probe import TRY_ANOTHER, open_container

log = logging.getLogger(__name__)

DECODE_THREADS = 2
MAX_GAP_S = 0.5
"""Longest stretch without a decodable picture that is bridged by holding the last good one."""

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
PHOTO_HINT = "Save it as JPEG or PNG and try again."


@dataclass(frozen=True, slots=True)
class Colour:
    """How a stream codes colour.

    Parameters
    ----------
    matrix : name in ``av.video.reformatter.Colorspace``
    full_range : codes span 0..255 instead of 16..235
    hdr : the high dynamic range curve, None for standard range
    """

    matrix: str
    full_range: bool
    hdr: Transfer | None


def colour_of(frame: Any) -> Colour:
    """Read the tags of a decoded frame; an untagged one is BT.601 up to 720x576 and BT.709 above."""
    is_hd = max(frame.width, frame.height) >= 1280 or min(frame.width, frame.height) > 576
    matrices = {1: "ITU709", 4: "FCC", 5: "ITU601", 6: "ITU601", 7: "SMPTE240M", 9: "BT2020", 10: "BT2020"}
    return Colour(
        matrix=matrices.get(int(frame.colorspace), "ITU709" if is_hd else "ITU601"),
        full_range=int(frame.color_range) == 2 or frame.format.name.startswith("yuvj") or frame.format.is_rgb,
        hdr=TRANSFER_OF_TAG.get(int(frame.color_trc)),
    )


@dataclass(frozen=True, slots=True)
class Video:
    """A video stream on a constant grid.

    Parameters
    ----------
    path, stream : file and number of the stream in it
    ticks : (n,) int64, for every frame of the clip the timestamp of the source picture that is shown
    base_s : seconds per tick
    by_order : the file has no timestamps; ``ticks`` counts pictures from its start
    decoded_px : size the decoder scales to, before turning
    quarter_turns : counter-clockwise quarter turns that make it upright
    size_px : upright size, even
    """

    path: Path
    stream: int
    ticks: NDArray[np.int64]
    base_s: Fraction
    by_order: bool
    decoded_px: Size
    quarter_turns: int
    size_px: Size
    colour: Colour

    def frames(self, part: FrameRange) -> Iterator[Frame]:
        """Yield ``part``; a picture that cannot be decoded is replaced by the last good one for up to ``MAX_GAP_S``.

        Raises
        ------
        MediaError : nothing decodable for longer than that
        """
        wanted = self.ticks[part.start : part.stop]
        if len(wanted) == 0:
            return
        with closing(self._decoded(int(wanted[0]))) as decoded, self._converter() as convert:
            held: tuple[int, Any] | None = None
            ahead = next(decoded, None)
            for tick in wanted.tolist():
                while ahead is not None and (held is None or ahead[0] <= tick):
                    held, ahead = ahead, next(decoded, None)
                if held is None or abs(tick - held[0]) * self.base_s > MAX_GAP_S:
                    at_s = float((tick - int(self.ticks[0])) * self.base_s)
                    raise MediaError(f"The clip '{self.path.name}' is damaged at {at_s:.1f} s.", TRY_ANOTHER)
                yield convert(held[1])

    def _decoded(self, tick: int) -> Generator[tuple[int, Any], None, None]:
        """(tick, av frame) from at or before ``tick`` to the end of the stream."""
        seeks = (True, False) if tick > self.ticks[0] and not self.by_order else (False,)
        for seek in seeks:
            with open_container(self.path) as container:
                stream = container.streams[self.stream]
                pictures = decode(container, stream, by_order=self.by_order, seek_to=tick if seek else None)
                first = next(pictures, None)
                # A file without an index may land behind the target: then read from the start.
                if seek and (first is None or first[0] > tick):
                    continue
                if first is not None:
                    yield first
                yield from pictures
                return

    @contextmanager
    def _converter(self) -> Iterator[Any]:
        """A function from av frames to upright RGB arrays of their own memory."""
        if self.colour.hdr is None:
            yield lambda frame: self._upright(to_rgb(frame, self.decoded_px, self.colour))
            return
        tone_map = ToneMap(self.decoded_px, self.colour)
        yield lambda frame: self._upright(tone_map(frame))

    def _upright(self, picture: Frame) -> Frame:
        import cv2

        turns = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}
        if self.quarter_turns:
            picture = cv2.rotate(picture, turns[self.quarter_turns])
        width, height = self.size_px
        # The copy gives the caller memory that no decoder buffer shares.
        return np.array(picture[:height, :width])


def decode(container: Any, stream: Any, *, by_order: bool, seek_to: int | None = None) -> Iterator[tuple[int, Any]]:
    """(tick, av frame) of every picture that can be decoded; broken packets are skipped."""
    import av

    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = DECODE_THREADS
    if seek_to is not None:
        try:
            container.seek(seek_to, stream=stream)
        except av.FFmpegError:
            return
    count = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        try:
            pictures = packet.decode()
        except av.FFmpegError:
            log.debug("a packet could not be decoded")
            continue
        for picture in pictures:
            tick = picture.pts if not by_order and picture.pts is not None else count
            count = tick + 1
            yield tick, picture


def to_rgb(frame: Any, size_px: Size, colour: Colour) -> Frame:
    """Scale and convert a standard-range av frame to RGB (h, w, 3) uint8."""
    from av.video.reformatter import ColorRange, Colorspace, Interpolation

    rgb = frame.reformat(
        width=size_px[0],
        height=size_px[1],
        format="rgb24",
        src_colorspace=Colorspace[colour.matrix],
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG if colour.full_range else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.BILINEAR,
    )
    return rgb.to_ndarray()


class ToneMap:
    """HDR av frames to BT.709 RGB through an FFmpeg filter graph that is built at the first frame."""

    def __init__(self, size_px: Size, colour: Colour) -> None:
        self._size_px = size_px
        self._colour = colour
        self._graph: Any = None

    def __call__(self, frame: Any) -> Frame:
        if self._graph is None:
            self._graph = self._build(frame)
        self._graph.push(frame)
        return self._graph.pull().to_ndarray()

    def _build(self, frame: Any) -> Any:
        import av

        assert self._colour.hdr is not None  # noqa: S101 - a standard-range frame never comes here
        graph = av.filter.Graph()
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format.name,
            time_base=frame.time_base or Fraction(1, 90000),
        )
        scale = graph.add(
            "scale",
            w=str(self._size_px[0]),
            h=str(self._size_px[1]),
            flags="bilinear",
            in_color_matrix="bt2020" if self._colour.matrix == "BT2020" else "bt709",
            in_range="full" if self._colour.full_range else "limited",
            out_range="full",
        )
        planar = graph.add("format", pix_fmts="gbrp16le")
        # The filter reads the table while it is configured and never again.
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "table.cube"
            table.write_text(cube_text(self._colour.hdr), encoding="ascii")
            lut = graph.add("lut3d", file=str(table), interp="tetrahedral")
            packed = graph.add("format", pix_fmts="rgb24")
            sink = graph.add("buffersink")
            graph.link_nodes(source, scale, planar, lut, packed, sink).configure()
        return graph


@dataclass(frozen=True, slots=True)
class Photo:
    """A still photo, shown as long as anyone asks.

    Parameters
    ----------
    path : the file; decoded once per call of ``frames``
    size_px : upright size, even
    """

    path: Path
    size_px: Size

    def frames(self, part: FrameRange) -> Iterator[Frame]:
        """Yield the same picture for every frame of ``part``, each in memory of its own."""
        picture = load_photo(self.path, self.size_px)
        for _ in part:
            yield picture.copy()


def photo_size(path: Path) -> Size | None:
    """Upright size of a photo; None when the file is no photo.

    Raises
    ------
    InputError : a photo that cannot be read
    """
    from PIL import ExifTags, Image, UnidentifiedImageError

    with path.open("rb") as file:
        head = file.read(12)
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
        raise InputError(f"'{path.name}' is a HEIC photo, which cannot be read here.", PHOTO_HINT)
    try:
        with Image.open(path, formats=PHOTO_FORMATS) as image:
            width, height = image.size
            turned = image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
    except UnidentifiedImageError:
        return None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"The photo '{path.name}' cannot be read.", PHOTO_HINT) from error
    return (height, width) if turned else (width, height)


def load_photo(path: Path, size_px: Size) -> Frame:
    """Decode a photo upright, in sRGB, at ``size_px``; a see-through one lies on white.

    Raises
    ------
    InputError : it cannot be decoded
    """
    import io

    from PIL import Image, ImageCms, ImageOps

    try:
        with Image.open(path, formats=PHOTO_FORMATS) as image:
            profile = image.info.get("icc_profile")
            # Decode a JPEG at a reduced size where that is enough.
            image.draft("RGB", (max(size_px), max(size_px)))
            image = ImageOps.exif_transpose(image)
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            if profile and image.mode == "RGB":
                try:
                    wide = ImageCms.ImageCmsProfile(io.BytesIO(profile))
                    image = ImageCms.profileToProfile(image, wide, ImageCms.createProfile("sRGB"))
                except (ImageCms.PyCMSError, OSError):
                    log.debug("the colour profile of a photo is damaged and was left out")
            image = image.convert("RGB")
            width, height = size_px
            # One odd row or column is cut, never resampled.
            if image.width - width in (0, 1) and image.height - height in (0, 1):
                image = image.crop((0, 0, width, height))
            else:
                image = image.resize(size_px, Image.Resampling.LANCZOS, reducing_gap=3.0)
            return np.array(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"The photo '{path.name}' cannot be read.", PHOTO_HINT) from error
