"""Labels of the regular jobs."""

from __future__ import annotations

from collections.abc import Mapping

from geosites.core.errors import Phrase, phrase
from geosites.core.job_schedule import ServiceJob
from geosites.presentation.formatting import Words

JOB_NAMES: Mapping[ServiceJob, Phrase] = {
    ServiceJob.RETENTION: phrase("retention"),
    ServiceJob.WEEKLY: phrase("bulletin of the week"),
    ServiceJob.ANCHOR: phrase("anchor of the journal"),
    ServiceJob.ALARMS: phrase("alarms"),
    ServiceJob.BACKUP: phrase("backup"),
    ServiceJob.SHARE: phrase("sharing with other services"),
}


def job_word(words: Words, job: ServiceJob) -> str:
    """Return what a job is called in the language of the reader."""
    return words.retold(JOB_NAMES[job])
