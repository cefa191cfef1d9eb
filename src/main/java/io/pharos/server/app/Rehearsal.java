package io.pharos.server.app;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads the classes that are needed when nothing can be loaded any more: to load one may take a
/// file descriptor, and a class that could not be loaded once is missing for good.
final class Rehearsal {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

  static final List<String> CLASSES =
      List.of(
          "io.pharos.trouble.Fault",
          "io.pharos.trouble.Fault$Kind",
          "io.pharos.trouble.Fault$Own",
          "io.pharos.trouble.Fault$Theirs",
          "io.pharos.trouble.Blindness",
          "io.pharos.trouble.Blindness$Source",
          "io.pharos.trouble.Blindness$Spot",
          "io.pharos.trouble.Continuity",
          "io.pharos.trouble.Trouble",
          "io.pharos.trouble.Trouble$Kind",
          "io.pharos.server.app.SelfWatch$Raised",
          "io.pharos.server.app.SelfWatch$Known",
          "io.pharos.schedule.Loops$Standing",
          "io.pharos.http.CredentialsException",
          "io.pharos.ingest.scrape.ScrapeFailure",
          "io.pharos.ingest.scrape.ScrapeFailure$Reason",
          "io.pharos.ingest.scrape.BodyReader$TooLong",
          "io.pharos.ingest.probe.ProbeException",
          "io.pharos.ingest.probe.Outcome$Failure",
          "io.pharos.ingest.probe.Outcome$Unknown",
          "io.pharos.config.files.OutsideFiles",
          "io.pharos.config.files.OutsideFiles$Turn",
          "io.pharos.trouble.DescriptorGate",
          "io.pharos.ingest.scrape.ScrapeFailure",
          "io.pharos.ingest.scrape.ScrapeFailure$Reason",
          "io.pharos.ingest.scrape.BodyReader$TooLong",
          "io.pharos.ingest.probe.ProbeException",
          "io.pharos.ingest.probe.Outcome$Failure",
          "io.pharos.ingest.probe.Outcome$Unknown",
          "io.pharos.rules.Doubt",
          "io.pharos.rules.Doubt$Reading",
          "io.pharos.rules.RuleGroup$UnseenException",
          "io.pharos.rules.RuleFailure",
          "io.pharos.rules.RuleHealth",
          "io.pharos.tsdb.Tsdb$LogOutage",
          "io.pharos.state.log.LogSegments$NoRoomException",
          "io.pharos.trouble.StoreUnavailableException",
          "io.pharos.alerting.alert.Alert",
          "io.pharos.alerting.notify.NotifyResult$Retryable",
          "io.pharos.alerting.notify.message.HttpPoster$Outcome$Failed");

  private Rehearsal() {}

  static void run() {
    for (String name : CLASSES) {
      try {
        Class<?> _ = Class.forName(name, true, Rehearsal.class.getClassLoader());
      } catch (ClassNotFoundException e) {
        LOG.warn("{} is not there to be loaded early", name, e);
      }
    }
  }
}
