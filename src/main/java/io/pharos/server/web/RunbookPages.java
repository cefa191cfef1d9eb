package io.pharos.server.web;

import io.pharos.alerting.message.EpisodeLinks;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.model.ControlCharacters;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.api.refusal.NothingFoundException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.RawString;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The pages of runbooks. The commands in a runbook contain the values of an alert.
@Path("/runbooks")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class RunbookPages {
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(String title, List<String> names);

    static native TemplateInstance page(
        String title, RawString body, String alert, String missing, String refused, String pharos);
  }

  private final Runbooks runbooks;
  private final ScrapeManager scrapes;
  private final ServiceStatus status;

  RunbookPages(Runbooks runbooks, ScrapeManager scrapes, ServiceStatus status) {
    this.runbooks = runbooks;
    this.scrapes = scrapes;
    this.status = status;
  }

  /// Lists the runbooks.
  @GET
  public TemplateInstance list() {
    return Templates.list("Runbooks", runbooks.names());
  }

  /// Shows a runbook.
  ///
  /// @param address URL of the page, whose query parameters are the labels of the alert
  @GET
  @Path("/{name}")
  public TemplateInstance page(@PathParam("name") String name, @Context UriInfo address) {
    Map<String, String> labels = labels(address);
    String pharos = status.externalUrl();
    Runbooks.RunbookPage page =
        runbooks
            .page(name, withInstance(labels), pharos)
            .orElseThrow(() -> new NothingFoundException("There is no runbook '" + name + "'"));
    String alert =
        labels.entrySet().stream()
            .map(label -> label.getKey() + " " + label.getValue())
            .collect(Collectors.joining(" · "));
    return Templates.page(
        name,
        new RawString(ControlCharacters.shown(page.html())),
        alert,
        String.join(", ", page.missing()),
        String.join(", ", page.refused()),
        pharos);
  }

  private static Map<String, String> labels(UriInfo address) {
    var labels = new LinkedHashMap<String, String>();
    for (String name : EpisodeLinks.RUNBOOK_LABELS) {
      String value = address.getQueryParameters().getFirst(name);
      if (value != null && !value.isEmpty() && value.length() <= EpisodeLinks.MAX_LABEL) {
        labels.put(name, value);
      }
    }
    return labels;
  }

  /// Adds the label `instance` to the labels of an alert about a whole job, if the job has only one
  /// target.
  private Map<String, String> withInstance(Map<String, String> labels) {
    String job = labels.get("job");
    if (job == null || labels.containsKey("instance")) {
      return labels;
    }
    List<String> instances =
        scrapes.targets().active().stream()
            .map(TargetsSnapshot.ActiveTarget::labels)
            .filter(target -> target.get("job").equals(job))
            .map(target -> target.get("instance"))
            .distinct()
            .toList();
    if (instances.size() != 1) {
      return labels;
    }
    var extended = new LinkedHashMap<>(labels);
    extended.put("instance", instances.getFirst());
    return extended;
  }
}
