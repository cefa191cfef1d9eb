package io.pharos.server.app.health;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads the classes that are needed when a resource is exhausted. Loading a class may need a file
/// descriptor. If the first attempt to load a class fails, the class can never be used.
public final class ClassPreloader {
  private static final Logger LOG = LoggerFactory.getLogger(ClassPreloader.class);

  static final List<String> CLASSES =
      List.of(
          "io.pharos.trouble.FailureOrigin",
          "io.pharos.trouble.FailureOrigin$Kind",
          "io.pharos.trouble.FailureOrigin$Own",
          "io.pharos.trouble.FailureOrigin$Remote",
          "io.pharos.trouble.ObservationGaps",
          "io.pharos.trouble.ObservationGaps$Source",
          "io.pharos.trouble.ObservationGaps$Gap",
          "io.pharos.trouble.TimeContinuity",
          "io.pharos.trouble.Trouble",
          "io.pharos.trouble.Trouble$Kind",
          "io.pharos.server.app.health.SelfWatch$Raised",
          "io.pharos.server.app.health.SelfWatch$TroubleKey",
          "io.pharos.schedule.LoopRegistry$Stalled",
          "io.pharos.http.OutgoingClient$CredentialsException",
          "io.pharos.ingest.scrape.ScrapeFailure",
          "io.pharos.ingest.scrape.ScrapeFailure$Reason",
          "io.pharos.ingest.scrape.BodyReader$TooLong",
          "io.pharos.probe.protocol.ProbeException",
          "io.pharos.probe.ProbeOutcome$Failure",
          "io.pharos.probe.ProbeOutcome$Unknown",
          "io.pharos.config.files.OutsideFiles",
          "io.pharos.config.files.OutsideFiles$Turn",
          "io.pharos.trouble.DescriptorGate",
          "io.pharos.rules.gap.UncertainResult",
          "io.pharos.rules.gap.UncertainResult$Reading",
          "io.pharos.rules.RuleGroup$Outcome",
          "io.pharos.rules.Rule$Failure",
          "io.pharos.rules.RuleHealth",
          "io.pharos.tsdb.Tsdb$LogOutage",
          "io.pharos.state.log.LogSegments$NoRoomException",
          "io.pharos.trouble.StoreUnavailableException",
          "io.pharos.alerting.alert.Alert",
          "io.pharos.alerting.pipeline.NotifyResult$Retryable",
          "io.pharos.alerting.channel.HttpPoster$Outcome$Failed");

  private ClassPreloader() {}

  /// Loads all these classes.
  public static void run() {
    for (String name : CLASSES) {
      try {
        Class<?> _ = Class.forName(name, true, ClassPreloader.class.getClassLoader());
      } catch (ClassNotFoundException e) {
        LOG.warn("class {} does not exist and was not preloaded", name, e);
      }
    }
  }
}
