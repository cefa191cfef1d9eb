package io.pharos.server.web.target;

import io.pharos.access.Scope;
import io.pharos.adopt.init.EditedFile;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.PlainReason;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.server.api.Needs;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.design.PageTime;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// The pages that add, change and remove probes, and add targets, in the versioned files. They need
/// the scope `admin`, because a probe makes Pharos contact any address that it names.
@Path("/targets/change")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class ChangePages {
  /// A longer trial would keep the reader's browser waiting.
  private static final Duration MAX_TRIAL = Duration.ofSeconds(30);

  private static final int MAX_ENTRY = 64 * 1024;

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance add(String title, List<ProbeForm> forms, ProbeForm form);

    static native TemplateInstance change(String title, ChangeView view);
  }

  private final WatchFiles files;
  private final ProbeRunner probes;
  private final ServiceStatus status;
  private final Semaphore trials = new Semaphore(2);

  ChangePages(WatchFiles files, ProbeRunner probes, ServiceStatus status) {
    this.files = files;
    this.probes = probes;
    this.status = status;
  }

  /// Shows the form of a new probe or target.
  ///
  /// @param type type of the check, or `target`
  @GET
  @Needs(Scope.ADMIN)
  public TemplateInstance form(@QueryParam("type") @Nullable String type) {
    return Templates.add(
        "Add a probe or a target",
        ProbeForm.all(),
        ProbeForm.of(type).orElse(ProbeForm.all().getFirst()));
  }

  /// Makes the text of a new entry from the form.
  ///
  /// @param form field `form` and the fields of that form
  @POST
  @Path("/new")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.ADMIN)
  public Response entry(MultivaluedMap<String, String> form) {
    ProbeForm asked =
        ProbeForm.of(form.getFirst("form"))
            .orElseThrow(() -> new NothingFoundException("There is no such form"));
    List<WatchFiles.Choice> choices = asked.isProbe() ? files.probeFiles() : files.targetFiles();
    try {
      var request = ChangeView.Request.of(asked.isProbe(), choices, asked.entry(form));
      return shown(200, request, choices, ChangeView.Answer.none());
    } catch (IllegalArgumentException e) {
      var request = ChangeView.Request.of(asked.isProbe(), choices, "");
      return shown(400, request, choices, ChangeView.Answer.refused(e.getMessage() + "."));
    }
  }

  /// Shows the text of a probe, to change or remove it.
  ///
  /// @param name name of the probe
  @GET
  @Path("/probe")
  @Needs(Scope.ADMIN)
  public Response probe(@QueryParam("name") String name) throws IOException {
    ProbeConfig probe =
        probes
            .status(name)
            .orElseThrow(() -> new NothingFoundException("There is no probe with this name"))
            .probe();
    EditedFile file = EditedFile.read(java.nio.file.Path.of(probe.file()));
    String entry = file.probe(name).orElse("");
    var request = new ChangeView.Request(true, probe.file(), name, entry, file.hash());
    return shown(
        200,
        request,
        files.probeFiles(),
        entry.isEmpty()
            ? ChangeView.Answer.refused(
                "The text of this probe can't be taken from its file. Edit the file by hand.")
            : ChangeView.Answer.none());
  }

  /// Tries an entry, shows the difference, or writes the file.
  ///
  /// @param form fields `action` (`try`, `difference`, `remove` or `write`), `probe`, `file`,
  ///   `old`, `entry`, `hash`, and for `write` also `written` (the action whose difference it was)
  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.ADMIN)
  public Response change(MultivaluedMap<String, String> form) {
    ChangeView.Request request = ChangeView.Request.of(form);
    List<WatchFiles.Choice> choices = request.isProbe() ? files.probeFiles() : files.targetFiles();
    Optional<WatchFiles.Choice> choice =
        choices.stream().filter(one -> one.name().equals(request.file())).findFirst();
    if (choice.isEmpty() || request.entry().length() > MAX_ENTRY) {
      return shown(
          400,
          request,
          choices,
          ChangeView.Answer.refused(
              choice.isEmpty()
                  ? "Expected one of the files that this Pharos reads."
                  : "The entry is too long: expected at most 64 KiB."));
    }
    String action = Optional.ofNullable(form.getFirst("action")).orElse("");
    if (action.equals("try")) {
      return shown(200, request, choices, tried(request, choice.get()));
    }
    boolean removes =
        action.equals("remove")
            || (action.equals("write") && "remove".equals(form.getFirst("written")));
    try {
      return changed(request, choices, choice.get(), removes, action.equals("write"));
    } catch (IOException e) {
      return shown(
          409,
          request,
          choices,
          ChangeView.Answer.refused(
              "Pharos can't write %s: %s. Change the file where it comes from, and reload."
                  .formatted(request.file(), PlainReason.of(e))));
    } catch (ConfigException e) {
      return shown(
          409,
          request,
          choices,
          ChangeView.Answer.problems(
              e.problems().stream().map(ConfigException.Problem::toString).toList()));
    }
  }

  private Response changed(
      ChangeView.Request asked,
      List<WatchFiles.Choice> choices,
      WatchFiles.Choice choice,
      boolean removes,
      boolean writes)
      throws IOException {
    EditedFile file = EditedFile.read(choice.file());
    Optional<String> after = edited(asked, file, removes);
    if (after.isEmpty()) {
      return shown(
          409,
          asked,
          choices,
          ChangeView.Answer.refused(
              "The text of %s can't be changed safely at this place. Edit the file by hand."
                  .formatted(asked.file())));
    }
    List<String> problems = files.problems(choice.file(), after.get());
    if (!problems.isEmpty()) {
      return shown(409, asked, choices, ChangeView.Answer.problems(problems));
    }
    boolean isStale = !asked.hash().isEmpty() && !asked.hash().equals(file.hash());
    boolean isShown = asked.hash().equals(file.hash());
    ChangeView.Request now = asked.at(file.hash());
    if (!writes || !isShown) {
      return shown(
          isStale ? 409 : 200,
          now,
          choices,
          ChangeView.Answer.difference(file.difference(after.get()), removes, isStale));
    }
    if (!java.nio.file.Files.isWritable(
        Optional.ofNullable(file.file().toAbsolutePath().getParent()).orElseThrow())) {
      throw new java.nio.file.AccessDeniedException(file.file().toString());
    }
    if (!file.write(after.get())) {
      EditedFile later = EditedFile.read(choice.file());
      return shown(
          409,
          asked.at(later.hash()),
          choices,
          ChangeView.Answer.difference(
              edited(asked, later, removes).map(later::difference).orElse(List.of()),
              removes,
              true));
    }
    status.reload();
    return shown(
        200,
        now,
        choices,
        ChangeView.Answer.done(
            "%s is written and loaded.%s"
                .formatted(asked.file(), removes ? " The entry is removed." : "")));
  }

  private static Optional<String> edited(
      ChangeView.Request asked, EditedFile file, boolean removes) {
    if (!asked.isProbe()) {
      return file.withTargets(asked.entry().strip());
    }
    return removes
        ? file.withoutProbe(asked.old())
        : asked.old().isEmpty()
            ? file.withProbe(asked.entry())
            : file.withProbe(asked.old(), asked.entry());
  }

  private ChangeView.Answer tried(ChangeView.Request request, WatchFiles.Choice choice) {
    List<ProbeConfig> found;
    try {
      found =
          ProbeFile.parse(
              request.file(),
              "probes:\n" + request.entry().indent(2),
              Optional.ofNullable(choice.file().toAbsolutePath().getParent()).orElseThrow());
    } catch (ConfigException e) {
      return ChangeView.Answer.problems(
          e.problems().stream().map(ConfigException.Problem::message).toList());
    }
    if (found.size() != 1) {
      return ChangeView.Answer.refused("Expected one entry, found " + found.size() + ".");
    }
    ProbeConfig probe = found.getFirst();
    if (probe.check() instanceof ProbeCheck.PushCheck) {
      return ChangeView.Answer.refused(
          "A heartbeat sends nothing that could be tried: it waits for reports.");
    }
    if (probe.timeout().compareTo(MAX_TRIAL) > 0) {
      return ChangeView.Answer.refused("Expected a timeout of at most 30 s for a trial.");
    }
    if (!trials.tryAcquire()) {
      return ChangeView.Answer.refused("Two trials run already. Try again in a moment.");
    }
    try {
      return tried(probes.once(probe));
    } finally {
      trials.release();
    }
  }

  private static ChangeView.Answer tried(ProbeResult result) {
    String took = " It took " + PageTime.span(result.took()) + ".";
    return switch (result.outcome()) {
      case ProbeOutcome.Success() ->
          ChangeView.Answer.tried("ok", "The target answers as expected." + took);
      case ProbeOutcome.Failure(String reason) ->
          ChangeView.Answer.tried("firing", reason + "." + took);
      case ProbeOutcome.Unknown(_, String reason) ->
          ChangeView.Answer.tried("unknown", "Unknown: " + reason + ".");
    };
  }

  private static Response shown(
      int code,
      ChangeView.Request request,
      List<WatchFiles.Choice> choices,
      ChangeView.Answer answer) {
    List<String> names = choices.stream().map(WatchFiles.Choice::name).toList();
    return Response.status(code)
        .type(MediaType.TEXT_HTML_TYPE)
        .entity(
            Templates.change(
                    request.old().isEmpty() ? "Add to a versioned file" : "Change a probe",
                    new ChangeView(request, names, answer))
                .render())
        .build();
  }
}
