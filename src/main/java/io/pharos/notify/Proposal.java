package io.pharos.notify;

import io.pharos.alert.TrackedAlert;
import java.util.List;

/// A group's state as one integration would be told of it, if it is news.
///
/// @param alerts firing and resolved, in order, none of them muted
record Proposal(
    LogKey key,
    boolean sendResolved,
    FlushContext context,
    List<TrackedAlert> alerts,
    FingerprintSet firing,
    FingerprintSet resolved,
    String externalUrl) {}
