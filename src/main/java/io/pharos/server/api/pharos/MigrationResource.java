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

/// Migrations of a service's own database: reported by PUT, and what follows from them.
@Path("/api/pharos/v1/migrations")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class MigrationResource {
  private static final Duration SOAK = Duration.ofMinutes(15);

  private final SchemaCompatibility migrations;

  public MigrationResource(SchemaCompatibility migrations) {
    this.migrations = migrations;
  }

  /// A migration as the API shows it.
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

  /// Migrations, by the names of their files.
  public record MigrationList(List<MigrationView> migrations) {}

  /// Whether something fits the schema.
  ///
  /// @param answer `yes`, `no`, `later` or `unknown`
  /// @param summary the reasons in one line
  /// @param reported how many migrations were ever reported
  public record SchemaView(String answer, String summary, List<String> reasons, int reported) {
    static SchemaView of(SchemaAnswer answer, int reported) {
      return new SchemaView(
          answer.verdict().text(), String.join("; ", answer.reasons()), answer.reasons(), reported);
    }
  }

  /// Reports how far a file has come, in place of what was reported of it before.
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
    } catch (NumberFormatException _) { // the message below says more
      throw new InvalidFieldException("checksum", text, "a whole number of 32 bits, as a string");
    }
  }

  /// What was reported of a service in an environment.
  @GET
  @Needs(Scope.GATE_READ)
  public Response list(
      @QueryParam("service") @Nullable String service,
      @QueryParam("env") @Nullable String env,
      @Context SecurityContext caller) {
    String name = covered(service, env, caller);
    return Response.ok(
            new MigrationList(
                migrations.known(name, given("env", env)).stream().map(MigrationView::of).toList()))
        .build();
  }

  /// Whether a release can be gone back to as far as the schema is concerned: `yes`, `no` or
  /// `unknown`; always 200.
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
        name, given("env", env), migrations.canRollBack(name, given("env", env), given("to", to)));
  }

  /// Whether what releases before `safe_from` need can be taken away: `yes`, `no`, `later` or
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
        given("env", env),
        migrations.canContract(name, given("env", env), given("safe_from", safeFrom), soak(soak)));
  }

  private Response answer(String service, String env, SchemaAnswer answer) {
    return Response.ok(SchemaView.of(answer, migrations.known(service, env).size())).build();
  }

  private static String covered(
      @Nullable String service, @Nullable String env, SecurityContext caller) {
    String name = given("service", service);
    NotCoveredException.require(Caller.of(caller), name, given("env", env));
    return name;
  }

  private static String given(String parameter, @Nullable String value) {
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
    } catch (IllegalArgumentException _) { // the message below says more
      throw new InvalidFieldException("soak", text, "a duration such as 15m");
    }
  }
}
