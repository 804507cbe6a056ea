"""What the regular jobs are called."""

from __future__ import annotations

from geosites.core.jobs import ServiceJob
from geosites.presentation.formatting import Words


def job_word(words: Words, job: ServiceJob) -> str:
    """Return what a job is called in the language of the reader."""
    return {
        ServiceJob.RETENTION: words.say("retention"),
        ServiceJob.WEEKLY: words.say("bulletin of the week"),
        ServiceJob.ANCHOR: words.say("anchor of the journal"),
        ServiceJob.ALARMS: words.say("alarms"),
        ServiceJob.BACKUP: words.say("backup"),
        ServiceJob.SHARE: words.say("sharing with other services"),
    }[job]
