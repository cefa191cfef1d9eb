package io.pharos.notify;

import static java.util.Objects.requireNonNull;

/// Which deliveries are asked for.
///
/// @param receiver empty for all
/// @param status in lower case, as in `failed`; empty for all
/// @param groupKey empty for all
/// @param limit at most so many, from 1 to 1000
public record LedgerQuery(String receiver, String status, String groupKey, int limit) {
  public static final int MAX_LIMIT = 1000;

  public LedgerQuery {
    requireNonNull(receiver, "receiver is null");
    requireNonNull(status, "status is null");
    requireNonNull(groupKey, "groupKey is null");
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit " + limit + " is not from 1 to " + MAX_LIMIT);
    }
  }
}
