package io.pharos.server.web.design;

import io.pharos.oncall.schedule.OnCallSchedule;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.List;

/// The bar at the top of each page.
@ApplicationScoped
@Named("topBar")
public class TopBar {
  /// A page in the bar.
  ///
  /// @param key the name by which a template says which page it is
  public record Entry(String key, String address, String label) {}

  private static final List<Entry> ENTRIES =
      List.of(
          new Entry("home", "/", "Home"),
          new Entry("incidents", "/incidents", "Incidents"),
          new Entry("rules", "/rules", "Rules"),
          new Entry("query", "/graph", "Query"),
          new Entry("dashboards", "/dashboards", "Dashboards"),
          new Entry("targets", "/targets", "Targets"),
          new Entry("routing", "/routing", "Routing"),
          new Entry("silences", "/silences", "Silences"),
          new Entry("oncall", "/oncall", "On call"),
          new Entry("releases", "/releases", "Releases"),
          new Entry("mailbox", "/mailbox", "Mailbox"),
          new Entry("runbooks", "/runbooks", "Runbooks"),
          new Entry("docs", "/docs", "Docs"),
          new Entry("itself", "/settings", "Settings"));

  private final OnCallSchedule onCall;

  TopBar(OnCallSchedule onCall) {
    this.onCall = onCall;
  }

  /// Returns the pages, in the order of the bar. Without rotations nobody needs the page of who is
  /// on call.
  public List<Entry> entries() {
    return onCall.plan().rotations().isEmpty()
        ? ENTRIES.stream().filter(entry -> !entry.key().equals("oncall")).toList()
        : ENTRIES;
  }
}
