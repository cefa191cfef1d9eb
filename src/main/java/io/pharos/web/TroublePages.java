package io.pharos.web;

import io.pharos.trouble.Blindness;
import io.pharos.trouble.Damages;
import io.pharos.trouble.Troubles;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// What is wrong with Pharos itself. A read, as the other pages are.
@Path("/trouble")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class TroublePages {
  /// One line of a table.
  record Row(String kind, String state, String text, String since) {}

  /// The page's template, checked at build time.
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance trouble(
        String title, List<Row> troubles, List<Row> unseen, List<Row> damages);
  }

  private final Troubles troubles;
  private final Blindness blindness;
  private final Damages damages;

  TroublePages(Troubles troubles, Blindness blindness, Damages damages) {
    this.troubles = troubles;
    this.blindness = blindness;
    this.damages = damages;
  }

  @GET
  public TemplateInstance trouble() {
    return Templates.trouble(
        "Pharos itself",
        troubles.now().stream()
            .map(
                it ->
                    new Row(
                        it.kind().label(),
                        it.kind().isCritical() ? "critical" : "warning",
                        it.text(),
                        time(it.since())))
            .toList(),
        blindness.spots().stream()
            .map(
                it ->
                    new Row(
                        it.fault().kind().text(),
                        "unknown",
                        it.labels().toString(),
                        time(it.since())))
            .toList(),
        damages.found().stream()
            .map(it -> new Row(it.part().label(), "failed", it.what(), time(it.at())))
            .toList());
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
