package io.pharos.server.web.incident;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.LinkSignatures;
import io.pharos.access.Scope;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.oncall.episode.Acknowledgement;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.escalation.OpenEscalations;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.trouble.StoreUnavailableException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The episodes of an incident for its page, and the page that the links in messages open. That
/// page changes nothing before its form is submitted, because mail scanners open links too.
@Path("/acknowledge")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class EpisodePages {
  private static final int MAX_EPISODES = 5;

  /* Six times as long as between two runs of the recorder. */
  private static final Duration WAIT = Duration.ofMillis(200);
  private static final int MAX_WAITS = 15;

  static final Map<String, Duration> DURATIONS =
      Map.of("1h", Duration.ofHours(1), "4h", Duration.ofHours(4), "24h", Duration.ofHours(24));

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance link(
        String title,
        Link link,
        @Nullable Shown episode,
        String sentence,
        boolean isDone,
        boolean mayAcknowledge);
  }

  /// The parts of a signed link.
  record Link(String group, String expires, String delivery, String signature) {
    static Link of(
        @Nullable String group,
        @Nullable String expires,
        @Nullable String delivery,
        @Nullable String signature) {
      return new Link(text(group), text(expires), text(delivery), text(signature));
    }

    String address() {
      return "/acknowledge?group=%s&expires=%s&delivery=%s&signature=%s"
          .formatted(
              PageLinks.encoded(group),
              PageLinks.encoded(expires),
              PageLinks.encoded(delivery),
              PageLinks.encoded(signature));
    }
  }

  /// The episode on the page of a link.
  record Shown(String title, String severity, List<String> labels, PageTime since, int alerts) {
    static Shown of(Episode episode, Instant now) {
      return new Shown(
          PageText.of(episode.title()),
          PageText.of(episode.severity()),
          PageText.chips(episode.groupLabels()),
          PageTime.of(episode.startedAt(), now),
          episode.members().size());
    }
  }

  private final EpisodeService episodes;
  private final OpenEscalations escalations;
  private final IncidentBoard boards;
  private final LinkSignatures links;
  private final AccessControl access;
  private final InstantSource clock;

  EpisodePages(
      EpisodeService episodes,
      OpenEscalations escalations,
      IncidentBoard boards,
      LinkSignatures links,
      AccessControl access,
      InstantSource clock) {
    this.episodes = episodes;
    this.escalations = escalations;
    this.boards = boards;
    this.links = links;
    this.access = access;
    this.clock = clock;
  }

  static String text(@Nullable String text) {
    return text == null ? "" : text.strip();
  }

  /// Returns the newest episodes of an incident; the open ones first.
  ///
  /// @param id fingerprint of the group's labels
  EpisodeRow.Part part(Fingerprint id, Client client) {
    Instant now = clock.instant();
    String address = "/incidents/" + id;
    boolean mayWrite = access.allows(client.fromOwnPage(), Scope.SILENCE_WRITE);
    try {
      List<Episode> found = episodes.ofLabels(id, MAX_EPISODES);
      List<Episode> open = found.stream().filter(Episode::isOpen).toList();
      boolean showsAnswers = access.allows(client, Scope.ALERT_WRITE);
      return new EpisodeRow.Part(
          (open.isEmpty() ? found.stream().limit(1).toList() : open)
              .stream().map(episode -> row(episode, showsAnswers, now)).toList(),
          "",
          address,
          mayWrite);
    } catch (StoreUnavailableException e) {
      return new EpisodeRow.Part(
          List.of(), PageText.of(String.valueOf(e.getMessage())), address, mayWrite);
    }
  }

  private EpisodeRow row(Episode episode, boolean showsAnswers, Instant now) {
    EpisodeService.Timeline timeline = episodes.timeline(episode);
    return EpisodeRow.of(
        episode, escalations.of(episode), showsAnswers ? timeline : timeline.withoutAnswers(), now);
  }

  static final String USED = "This link was used before. It works once.";
  private static final String FORGED =
      "This link was changed or is incomplete. Open it from the message again, or log in.";
  private static final String EARLIER =
      "This link is of an earlier incident, which has ended. Open the newest message, or log in.";
  private static final String ENDED = "The incident has ended. There is nothing to acknowledge.";
  private static final String LATER =
      "The incident is not recorded yet. Open the link again in some seconds.";
  private static final String AWAY =
      "The store is unavailable, so nothing was acknowledged. Try again in some seconds.";

  /// What a link leads to.
  private sealed interface Opened {
    record Valid(Episode episode) implements Opened {}

    record Invalid(int status, String sentence, @Nullable Episode episode) implements Opened {}
  }

  private Opened open(Link link) {
    Instant now = clock.instant();
    return switch (links.check(
        LinkSignatures.Purpose.ACKNOWLEDGE,
        List.of(link.group()),
        link.expires(),
        link.delivery(),
        link.signature(),
        now)) {
      case LinkSignatures.Check.Unsigned _ -> new Opened.Invalid(403, FORGED, null);
      case LinkSignatures.Check.Expired _ ->
          new Opened.Invalid(403, "This link has expired. Log in instead.", null);
      case LinkSignatures.Check.Valid(LinkSignatures.Permit permit) -> {
        Instant decided = permit.expires().minus(LinkSignatures.LIFE);
        Optional<Episode> found = recorded(link.group(), decided);
        if (found.isEmpty()) {
          yield new Opened.Invalid(404, LATER, null);
        }
        Episode episode = found.get();
        if (decided.isBefore(episode.openedAt().truncatedTo(ChronoUnit.SECONDS))) {
          yield new Opened.Invalid(403, EARLIER, null);
        }
        if (episodes.isUsed(episode, link.delivery())) {
          yield new Opened.Invalid(403, USED, episode);
        }
        yield episode.isOpen()
            ? new Opened.Valid(episode)
            : new Opened.Invalid(403, ENDED, episode);
      }
    };
  }

  /// Shows the form that acknowledges an incident.
  ///
  /// @param group, expires, delivery, signature parts of the signed link in a message
  @GET
  @Exempt(Exemption.ACKNOWLEDGE_LINK)
  public Response ask(
      @RestQuery @Nullable String group,
      @RestQuery @Nullable String expires,
      @RestQuery @Nullable String delivery,
      @RestQuery @Nullable String signature) {
    var link = Link.of(group, expires, delivery, signature);
    try {
      return switch (open(link)) {
        case Opened.Valid(Episode episode) -> page(200, link, episode, "", false);
        case Opened.Invalid(int _, String sentence, Episode episode)
            when episode != null && sentence.equals(USED) ->
            page(200, link, episode, done(episode), true);
        case Opened.Invalid(int _, String sentence, Episode episode) when sentence.equals(ENDED) ->
            page(200, link, episode, sentence, false);
        case Opened.Invalid(int status, String sentence, Episode episode) ->
            page(status, link, episode, sentence, false);
      };
    } catch (StoreUnavailableException _) {
      return page(503, AWAY);
    }
  }

  /* A reader may open the link before the recorder, which runs beside the deliveries, has recorded
   * the episode of the message. */
  private Optional<Episode> recorded(String group, Instant decided) {
    for (int attempt = 0; ; attempt++) {
      Optional<Episode> found =
          episodes
              .latestByHash(group)
              .filter(it -> it.endedAt() == null || !decided.isAfter(it.endedAt()));
      if (found.isPresent() || attempt == MAX_WAITS) {
        return found;
      }
      LockSupport.parkNanos(WAIT.toNanos());
    }
  }

  private String done(Episode episode) {
    Optional<Acknowledgement> partly = episode.partly();
    if (partly.isPresent()) {
      return "Acknowledged by %s; %d more must acknowledge it."
          .formatted(PageText.of(partly.get().owner()), partly.get().missing());
    }
    return episode
        .holding(clock.instant())
        .map(it -> "Acknowledged by " + PageText.of(it.owner()) + ".")
        .orElse("The acknowledgement has ended.");
  }

  /// Acknowledges the incident.
  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Exempt(Exemption.ACKNOWLEDGE_LINK)
  public Response acknowledge(MultivaluedMap<String, String> form) {
    var link =
        Link.of(
            form.getFirst("group"),
            form.getFirst("expires"),
            form.getFirst("delivery"),
            form.getFirst("signature"));
    String by = text(form.getFirst("by"));
    String comment = text(form.getFirst("comment"));
    try {
      return switch (open(link)) {
        case Opened.Invalid(int status, String sentence, Episode episode) ->
            page(status, link, episode, sentence, false);
        case Opened.Valid(Episode episode) when isTooLong(by, comment) ->
            page(400, link, episode, "Name and comment are too long.", false);
        case Opened.Valid(Episode episode) -> {
          String owner = by.isEmpty() ? "the reader of a message" : by;
          Duration length = DURATIONS.get(text(form.getFirst("duration")));
          yield switch (episodes.acknowledge(
              episode.number(), owner, comment, length, link.delivery())) {
            case EpisodeService.Outcome.Done _ -> {
              boards.changed();
              yield seeOther(link.address() + "#episode-" + episode.number());
            }
            case EpisodeService.Outcome.Partly(Episode after) -> {
              boards.changed();
              yield page(200, link, after, done(after), true);
            }
            case EpisodeService.Outcome.NotFound _ -> page(404, link, null, LATER, false);
            case EpisodeService.Outcome.Replayed _ -> page(403, link, episode, USED, false);
            case EpisodeService.Outcome.Refused _ -> page(403, link, episode, ENDED, false);
          };
        }
      };
    } catch (StoreUnavailableException _) {
      return page(503, AWAY);
    }
  }

  static boolean isTooLong(String name, String comment) {
    return name.length() > Acknowledgement.MAX_OWNER
        || comment.length() > Acknowledgement.MAX_COMMENT;
  }

  static Response seeOther(String address) {
    return Response.status(303).header(HttpHeaders.LOCATION, URI.create(address)).build();
  }

  /// Returns a page with one sentence.
  Response page(int status, String sentence) {
    return page(status, Link.of(null, null, null, null), null, sentence, false);
  }

  private Response page(
      int status, Link link, @Nullable Episode episode, String sentence, boolean isDone) {
    Instant now = clock.instant();
    Shown shown = episode == null ? null : Shown.of(episode, now);
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(
            Templates.link(
                    "Acknowledge",
                    link,
                    shown,
                    sentence,
                    isDone,
                    sentence.isEmpty() || status == 400)
                .render())
        .build();
  }
}
