"""The log of the app as lines of JSON, without what is somebody's: addresses, postcodes, what was
typed or sent."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

# What a message may quote: an address, a postcode, and whatever stands in quotation marks.
PERSONAL = re.compile(
    r"""[\w.+'-]+@[\w-]+\.[\w.-]+|\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b|(['"`]).*?\1|[‘“].*?[’”]""",
    re.I | re.S,
)


class Lines(logging.Formatter):
    """One line of JSON for each record. Of an exception only what it is and where it was raised:
    its words may quote what somebody sent."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": PERSONAL.sub("[…]", record.getMessage()),
        }
        if record.exc_info and record.exc_info[0]:
            line["fault"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, ensure_ascii=False)


def _where(record: logging.LogRecord) -> str:
    frames, trace = [], record.exc_info[2] if record.exc_info else None
    while trace:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return "; ".join(frames)


def as_json() -> None:
    """Everything that this process logs from now on, on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.INFO)
    for name in [*logging.root.manager.loggerDict]:
        logger = logging.getLogger(name)
        if logger.handlers:
            logger.handlers.clear()
            logger.propagate = True
