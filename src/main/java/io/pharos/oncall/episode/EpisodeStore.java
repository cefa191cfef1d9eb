package io.pharos.oncall.episode;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Sha256;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Stores episodes and their timelines. Methods throw [io.pharos.trouble.StoreUnavailableException]
/// if the store does not answer.
public interface EpisodeStore {
  /// A change of an episode, with new or changed events.
  ///
  /// @param after the episode after the change; its version is the stored version, or 0 if the
  ///   episode is new
  record Change(Episode after, List<EpisodeEvent> events) {
    public Change {
      events = List.copyOf(events);
    }
  }

  /// A search for episodes, newest first.
  ///
  /// @param text part of the title, the labels, the severity or the owner, in any case; empty for
  ///   all
  /// @param state empty for all
  /// @param receiver empty for all
  /// @param since only episodes that had not ended before this instant
  /// @param before only episodes with a smaller number
  /// @param now the time at which acknowledgements must hold
  record Search(
      String text,
      Optional<Episode.State> state,
      String receiver,
      Optional<Instant> since,
      Optional<Long> before,
      int limit,
      Instant now) {}

  /// Stores changes in one transaction.
  ///
  /// @return the group keys of the changes that were not stored, because another process changed
  ///   the episode first
  Set<String> save(List<Change> changes);

  /// Returns the episode with a number.
  Optional<Episode> find(long number);

  /// Returns the newest episode of a group.
  ///
  /// @param groupHash SHA-256 of the group's key, in hexadecimal
  Optional<Episode> latestByHash(String groupHash);

  /// Returns the newest episode of a group.
  default Optional<Episode> latest(String groupKey) {
    return latestByHash(Sha256.hex(groupKey));
  }

  /// Returns the newest episodes of the groups with these labels, newest first.
  ///
  /// @param groupLabels fingerprint of the labels
  List<Episode> ofLabels(Fingerprint groupLabels, int limit);

  /// Returns the open episodes.
  List<Episode> open();

  /// Returns the titles of the open episodes without an acknowledgement that holds.
  List<String> unowned(Instant now);

  /// Returns the timeline of an episode, oldest first.
  List<EpisodeEvent> events(long number);

  /// Returns the episodes that a search finds, newest first.
  List<Episode> search(Search search);

  /// Deletes episodes that ended before an instant, and all but the newest `most`.
  void prune(Instant endedBefore, int most);

  /// Returns a number that changes whenever an acknowledgement changes.
  long version();
}
