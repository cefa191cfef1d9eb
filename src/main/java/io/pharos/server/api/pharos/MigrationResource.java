package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.access.Scope;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.migration.ledger.MigrationRecord;
import io.pharos.migration.ledger.RecordedState;
import io.pharos.migration.ledger.SchemaAnswer;
import io.pharos.migration.ledger.SchemaCompatibility;
import io.pharos.model.PromDuration;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.pharos.server.api.NotCoveredException;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Migrations of a service's own database: reported by PUT, and the releases that fit the schema.
@Path("/api/pharos/v1/migrations")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class MigrationResource {
  private static final Duration SOAK = Duration.ofMinutes(15);

  private final SchemaCompatibility migrations;

  /// Uses the given ledger.
  public MigrationResource(SchemaCompatibility migrations) {
    this.migrations = migrations;
  }

  /// A migration in answers.
  public record MigrationView(
      String service,
      String env,
      String file,
      String phase,
      String checksum,
      @JsonProperty("safe_from") String safeFrom,
      String state,
      String release,
      String text,
      String at) {
    static MigrationView of(MigrationRecord record) {
      return new MigrationView(
          record.service(),
          record.env(),
          record.file(),
          record.phase(),
          String.valueOf(record.checksum()),
          record.safeFrom(),
          record.state().text(),
          record.release(),
          record.text(),
          record.at().toString());
    }
  }

  /// Migrations, sorted by file name.
  public record MigrationList(List<MigrationView> migrations) {}

  /// Whether a release or a contraction fits the schema.
  ///
  /// @param answer `yes`, `no`, `later` or `unknown`
  /// @param summary the reasons in one line
  /// @param reported number of migrations that were ever reported
  public record SchemaView(String answer, String summary, List<String> reasons, int reported) {
    static SchemaView of(SchemaAnswer answer, int reported) {
      return new SchemaView(
          answer.verdict().text(), String.join("; ", answer.reasons()), answer.reasons(), reported);
    }
  }

  /// Reports the state of a migration and replaces its previous state.
  @PUT
  @Path("{file}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.DEPLOYMENT_WRITE)
  public Response put(
      @PathParam("file") String file, @Context SecurityContext caller, String body) {
    JsonBody json = JsonBody.parse(body);
    String service = json.required("service");
    String env = json.required("env");
    String phase = json.required("phase");
    int checksum = checksum(json.required("checksum"));
    String safeFrom = json.string("safe_from", "");
    RecordedState state = RecordedState.parse(json.required("state"));
    String release = json.string("release", "");
    String text = json.string("text", "");
    json.finish();
    var record =
        new MigrationRecord(
            service, env, file, phase, checksum, safeFrom, state, release, text, migrations.now());
    NotCoveredException.require(Caller.of(caller), record.service(), record.env());
    migrations.report(record);
    return Response.ok(MigrationView.of(record)).build();
  }

  private static int checksum(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException _) { // reported below
      throw new InvalidFieldException("checksum", text, "a whole number of 32 bits, as a string");
    }
  }

  /// Lists the migrations of a service in an environment.
  @GET
  @Needs(Scope.GATE_READ)
  public Response list(
      @QueryParam("service") @Nullable String service,
      @QueryParam("env") @Nullable String env,
      @Context SecurityContext caller) {
    String name = covered(service, env, caller);
    return Response.ok(
            new MigrationList(
                migrations.known(name, requireGiven("env", env)).stream().map(MigrationView::of).toList()))
        .build();
  }

  /// Whether the schema permits a rollback to a release: `yes`, `no` or `unknown`; always 200.
  @GET
  @Path("can-rollback")
  @Needs(Scope.GATE_READ)
  public Response canRollBack(
      @QueryParam("service") @Nullable String service,
      @QueryParam("env") @Nullable String env,
      @QueryParam("to") @Nullable String to,
      @Context SecurityContext caller) {
    String name = covered(service, env, caller);
    return answer(
        name, requireGiven("env", env), migrations.canRollBack(name, requireGiven("env", env), requireGiven("to", to)));
  }

  /// Whether the schema of releases before `safe_from` can be removed: `yes`, `no`, `later` or
  /// `unknown`; always 200.
  @GET
  @Path("can-contract")
  @Needs(Scope.GATE_READ)
  public Response canContract(
      @QueryParam("service") @Nullable String service,
      @QueryParam("env") @Nullable String env,
      @QueryParam("safe_from") @Nullable String safeFrom,
      @QueryParam("soak") @Nullable String soak,
      @Context SecurityContext caller) {
    String name = covered(service, env, caller);
    return answer(
        name,
        requireGiven("env", env),
        migrations.canContract(name, requireGiven("env", env), requireGiven("safe_from", safeFrom), soak(soak)));
  }

  private Response answer(String service, String env, SchemaAnswer answer) {
    return Response.ok(SchemaView.of(answer, migrations.known(service, env).size())).build();
  }

  private static String covered(
      @Nullable String service, @Nullable String env, SecurityContext caller) {
    String name = requireGiven("service", service);
    NotCoveredException.require(Caller.of(caller), name, requireGiven("env", env));
    return name;
  }

  private static String requireGiven(String parameter, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new InvalidFieldException(parameter, "", "a value; the parameter is missing");
    }
    return value;
  }

  private static Duration soak(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return SOAK;
    }
    try {
      return PromDuration.parse(text);
    } catch (IllegalArgumentException _) { // reported below
      throw new InvalidFieldException("soak", text, "a duration such as 15m");
    }
  }
}
