package io.pharos.oncall.episode;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Sha256;
import io.pharos.oncall.escalation.DrillGroup;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Episodes in memory, for tests on virtual time. It survives a restart of the notifier.
public final class InMemoryEpisodeStore implements EpisodeStore {
  private final Map<Long, Episode> episodes = new LinkedHashMap<>();
  private final Map<Long, Map<String, EpisodeEvent>> timelines = new HashMap<>();
  private long changes;
  public boolean isAway;

  private void reach() {
    if (isAway) {
      throw new StoreUnavailableException("the database is away", new IllegalStateException());
    }
  }

  @Override
  public Set<String> save(List<Change> saved) {
    reach();
    var overtaken = new HashSet<String>();
    for (Change change : saved) {
      Episode after = change.after();
      long number = after.number() > 0 ? after.number() : episodes.size() + 1;
      Episode before = episodes.get(number);
      boolean isStale =
          before == null
              ? open().stream().anyMatch(it -> it.groupKey().equals(after.groupKey()))
              : before.version() != after.version();
      if (isStale) {
        overtaken.add(after.groupKey());
        continue;
      }
      episodes.put(number, numbered(after, number));
      var timeline = timelines.computeIfAbsent(number, _ -> new LinkedHashMap<>());
      change.events().forEach(event -> timeline.put(event.key(), event));
      changes++;
    }
    return overtaken;
  }

  private static Episode numbered(Episode it, long number) {
    return new Episode(
        number,
        it.groupKey(),
        it.groupLabels(),
        it.receiver(),
        it.title(),
        it.severity(),
        it.rank(),
        it.currentRank(),
        it.startedAt(),
        it.openedAt(),
        it.endedAt(),
        it.reopened(),
        it.members(),
        it.peak(),
        it.links(),
        it.eventCount(),
        it.omitted(),
        it.seenAt(),
        it.acknowledgement(),
        it.version() + 1);
  }

  private Stream<Episode> newest() {
    reach();
    return new ArrayList<>(episodes.values()).reversed().stream();
  }

  @Override
  public Optional<Episode> find(long number) {
    reach();
    return Optional.ofNullable(episodes.get(number));
  }

  @Override
  public Optional<Episode> latestByHash(String groupHash) {
    return newest().filter(it -> Sha256.hex(it.groupKey()).equals(groupHash)).findFirst();
  }

  @Override
  public List<Episode> ofLabels(Fingerprint groupLabels, int limit) {
    return newest()
        .filter(it -> Fingerprint.of(it.groupLabels()).equals(groupLabels))
        .limit(limit)
        .toList();
  }

  @Override
  public List<Episode> open() {
    return newest().filter(Episode::isOpen).toList();
  }

  @Override
  public List<String> unowned(Instant now) {
    return open().stream()
        .filter(it -> !DrillGroup.isDrill(it.groupKey()) && it.holding(now).isEmpty())
        .map(Episode::title)
        .toList();
  }

  @Override
  public List<EpisodeEvent> events(long number) {
    reach();
    return timelines.getOrDefault(number, Map.of()).values().stream()
        .sorted(Comparator.comparing(EpisodeEvent::at))
        .toList();
  }

  @Override
  public List<Episode> search(Search search) {
    return newest().limit(search.limit()).toList();
  }

  @Override
  public void prune(Instant endedBefore, int most) {
    reach();
  }

  @Override
  public long version() {
    reach();
    return changes;
  }
}
