package io.pharos.alerting.outbox;

import java.time.Instant;
import java.util.Optional;

/// A query of the ledger.
///
/// @param receiver empty for all
/// @param status in lower case, such as `failed`; empty for all
/// @param groupKey empty for all
/// @param since only deliveries decided then or later; empty for all
/// @param limit maximum number of results, from 1 to 1000
public record LedgerQuery(
    String receiver, String status, String groupKey, Optional<Instant> since, int limit) {
  public static final int MAX_LIMIT = 1000;

  public LedgerQuery {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit " + limit + " is not from 1 to " + MAX_LIMIT);
    }
  }

  /// A query without a start time.
  public LedgerQuery(String receiver, String status, String groupKey, int limit) {
    this(receiver, status, groupKey, Optional.empty(), limit);
  }
}
