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

/// Tracks which integrations lack a secret file. Logs when an integration starts to lack a file,
/// and when the file exists again. Thread-safe.
final class SecretFileWatch {
  private static final Logger LOG = LoggerFactory.getLogger(SecretFileWatch.class);

  private final MultiGauge unconfigured;
  private final Set<Integration.Id> lacking = ConcurrentHashMap.newKeySet();
  private volatile List<Integration> integrations = List.of();

  SecretFileWatch(MeterRegistry registry) {
    this.unconfigured =
        MultiGauge.builder("pharos_integration_unconfigured")
            .description("1 while an integration cannot send because a secret file is missing.")
            .register(registry);
  }

  /// Replaces the watched integrations.
  void watch(Collection<Integration> newIntegrations) {
    integrations =
        newIntegrations.stream()
            .sorted(Comparator.comparing(integration -> integration.id().toString()))
            .toList();
    lacking.retainAll(integrations.stream().map(Integration::id).toList());
    unconfigured.register(
        integrations.stream()
            .map(
                integration ->
                    MultiGauge.Row.of(
                        tags(integration.id()),
                        integration,
                        watched -> missing(watched).isPresent() ? 1 : 0))
            .toList(),
        true);
    integrations.forEach(this::missing);
  }

  private static Tags tags(Integration.Id id) {
    return Tags.of(
        "receiver", id.receiver(), "integration", id.type(), "index", Integer.toString(id.index()));
  }

  /// Returns which secret file an integration lacks now; empty if it lacks none.
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
    for (Integration integration : integrations) {
      missing(integration)
          .ifPresent(reason -> found.add(new Integration.Unconfigured(integration.id(), reason)));
    }
    return List.copyOf(found);
  }
}
