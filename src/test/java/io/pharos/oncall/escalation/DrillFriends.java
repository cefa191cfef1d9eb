package io.pharos.oncall.escalation;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.oncall.episode.EpisodeRig;
import java.util.List;

/// The escalations of a notifier on virtual time, for tests of other packages.
public final class DrillFriends {
  private final InMemoryEscalationStore store = new InMemoryEscalationStore();
  public EscalationService service;

  /// Starts the service of a process.
  public EscalationService start(EpisodeRig rig) {
    rig.rig.episodes = rig.service;
    service =
        new EscalationService(
            store,
            rig.service,
            rig.service::note,
            List::of,
            rig.rig.time,
            new SimpleMeterRegistry());
    service.record();
    return service;
  }
}
