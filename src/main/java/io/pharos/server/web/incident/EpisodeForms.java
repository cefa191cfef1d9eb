package io.pharos.server.web.incident;

import io.pharos.access.Scope;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Needs;
import io.pharos.server.web.design.PageLinks;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;

/// The form on the page of an incident that acknowledges, releases and comments an episode.
@Path("/incidents/{id}/episodes/{number}")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class EpisodeForms {
  private final EpisodeService episodes;
  private final IncidentBoard boards;
  private final EpisodePages pages;

  EpisodeForms(EpisodeService episodes, IncidentBoard boards, EpisodePages pages) {
    this.episodes = episodes;
    this.boards = boards;
    this.pages = pages;
  }

  /// Changes an episode from the page of its incident.
  ///
  /// @param form fields `action` (acknowledge, release or comment), `by`, `comment`, `duration`
  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.SILENCE_WRITE)
  public Response change(
      @PathParam("number") long number,
      MultivaluedMap<String, String> form,
      @Context SecurityContext caller) {
    String by = EpisodePages.text(form.getFirst("by"));
    String comment = EpisodePages.text(form.getFirst("comment"));
    if (EpisodePages.isTooLong(by, comment)) {
      return pages.page(400, "Name and comment are too long.");
    }
    String name = by.isEmpty() ? Caller.of(caller).name() : by;
    Duration length = EpisodePages.DURATIONS.get(EpisodePages.text(form.getFirst("duration")));
    EpisodeService.Outcome outcome =
        switch (EpisodePages.text(form.getFirst("action"))) {
          case "release" -> episodes.release(number, name);
          case "comment" -> episodes.comment(number, name, comment);
          default -> episodes.acknowledge(number, name, comment, length, "");
        };
    boards.changed();
    return switch (outcome) {
      case EpisodeService.Outcome.Done(Episode episode) -> incident(episode);
      case EpisodeService.Outcome.Partly(Episode episode) -> incident(episode);
      case EpisodeService.Outcome.NotFound _ -> pages.page(404, "There is no such episode.");
      case EpisodeService.Outcome.Replayed _ -> pages.page(403, EpisodePages.USED);
      case EpisodeService.Outcome.Refused(String reason) ->
          pages.page(409, "It was not changed: " + reason);
    };
  }

  private static Response incident(Episode episode) {
    return EpisodePages.seeOther(
        PageLinks.incident(episode.groupLabels()) + "#episode-" + episode.number());
  }
}
