package io.pharos.access;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Stores the audit. Every method throws [io.pharos.trouble.StoreUnavailableException] if the store
/// does not answer.
public interface AuditStore {
  /// A search.
  ///
  /// @param text part of a name, address, action or subject, in any case; empty for all
  /// @param before only entries with a smaller number; empty for all
  record Search(String text, Optional<Instant> since, Optional<Long> before, int limit) {
    /// Maximum number of entries that a search finds.
    public static final int MAX_LIMIT = 1_000;

    public Search {
      if (limit < 1 || limit > MAX_LIMIT) {
        throw new IllegalArgumentException(
            "limit: expected a number from 1 to %d, found %d".formatted(MAX_LIMIT, limit));
      }
    }
  }

  /// Adds an entry.
  void add(AuditEntry entry);

  /// Returns the entries that a search finds, newest first.
  List<AuditEntry> find(Search search);

  /// Deletes entries that are older than a time, and all but the newest ones.
  void prune(Instant before, int newest);
}
