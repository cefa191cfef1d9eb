package io.pharos.alerting.outbox;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.pharos.alerting.pipeline.Integration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tracks which integrations lack a secret file. Logs when that begins and ends. Thread-safe.
final class SecretFileWatch {
  private static final Logger LOG = LoggerFactory.getLogger(SecretFileWatch.class);

  private final MultiGauge unconfigured;
  private final Set<Integration.Id> lacking = ConcurrentHashMap.newKeySet();
  private volatile List<Integration> all = List.of();

  SecretFileWatch(MeterRegistry registry) {
    this.unconfigured =
        MultiGauge.builder("pharos_integration_unconfigured")
            .description("1 while an integration cannot send because a secret file is missing.")
            .register(registry);
  }

  /// Replaces the watched integrations.
  void watch(Collection<Integration> inForce) {
    all =
        inForce.stream()
            .sorted(Comparator.comparing(integration -> integration.id().toString()))
            .toList();
    lacking.retainAll(all.stream().map(Integration::id).toList());
    unconfigured.register(
        all.stream()
            .map(
                integration ->
                    MultiGauge.Row.of(
                        tags(integration.id()), integration, it -> missing(it).isPresent() ? 1 : 0))
            .toList(),
        true);
    all.forEach(this::missing);
  }

  private static Tags tags(Integration.Id id) {
    return Tags.of(
        "receiver", id.receiver(), "integration", id.type(), "index", Integer.toString(id.index()));
  }

  /// Returns what an integration lacks now; empty if it lacks nothing.
  Optional<String> missing(Integration integration) {
    Optional<String> missing = integration.notifier().missing();
    if (missing.isPresent()) {
      if (lacking.add(integration.id())) {
        LOG.warn("{} cannot send: {}. Create the file", integration.id(), missing.get());
      }
    } else if (lacking.remove(integration.id())) {
      LOG.info("{} can send now", integration.id());
    }
    return missing;
  }

  /// Returns the integrations that cannot send now, with the reason.
  List<Integration.Unconfigured> unconfigured() {
    var found = new ArrayList<Integration.Unconfigured>();
    for (Integration integration : all) {
      missing(integration)
          .ifPresent(why -> found.add(new Integration.Unconfigured(integration.id(), why)));
    }
    return List.copyOf(found);
  }
}
