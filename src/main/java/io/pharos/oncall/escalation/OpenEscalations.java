package io.pharos.oncall.escalation;

import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeService;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The escalations of open episodes, for people.
public record OpenEscalations(EpisodeService episodes, EscalationService service) {
  /// Returns where the policy of an episode is; empty if it has none, or has ended.
  public Optional<EscalationStatus> of(Episode episode) {
    return episode.isOpen() ? service.status(episode.groupKey()) : Optional.empty();
  }

  /// Returns the open episodes with a policy, newest first.
  public Map<Episode, EscalationStatus> all() {
    var all = new LinkedHashMap<Episode, EscalationStatus>();
    if (service.isUsed()) {
      episodes.open().reversed().forEach(it -> of(it).ifPresent(status -> all.put(it, status)));
    }
    return all;
  }
}
