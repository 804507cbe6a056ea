"""Audience of a message: accounts whose role and territories allow them to follow it."""

from __future__ import annotations

from geosites.core.alarm_messages import AlarmKind, SubscriptionTopic
from geosites.core.precision import Precision
from geosites.db.publication.own_subscriptions import Recipient
from geosites.permissions.policy import RULES, Permission, Role


def hears(recipient: Recipient, kind: AlarmKind, territory: str | None) -> bool:
    """Return whether a recipient gets an alarm of a territory; None is the whole city.

    A bulletin, which has exact places of the whole city, is not sent to accounts that see a part of
    it.
    """
    if kind.about not in recipient.subscription.about:
        return False
    if recipient.scope and kind.about is SubscriptionTopic.BULLETINS:
        return False
    if recipient.scope and territory is not None and territory not in recipient.scope:
        return False
    return recipient.role is None or kind.about in topics(Role(recipient.role))


def topics(role: Role) -> frozenset[SubscriptionTopic]:
    """Return what accounts of a role may subscribe to: what they may follow as a feed."""
    precision = RULES[Permission.SUBSCRIBE].get(role)
    if precision is None:
        return frozenset()
    every = set(SubscriptionTopic)
    if precision is Precision.TERRITORY:
        every.discard(SubscriptionTopic.HOTSPOTS)
    if RULES[Permission.READ_BULLETIN].get(role) is not Precision.EXACT:
        every.discard(SubscriptionTopic.BULLETINS)
    return frozenset(every)
