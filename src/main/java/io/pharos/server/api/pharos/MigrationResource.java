package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.access.Scope;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.migration.ledger.MigrationRecord;
import io.pharos.migration.ledger.RecordedState;
import io.pharos.migration.ledger.SchemaCompatibility;
import io.pharos.migration.ledger.SchemaCompatibility.SchemaAnswer;
import io.pharos.model.PromDuration;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Migrations of a service's own database. Pipelines report the states of migrations by PUT. From
/// these states, Pharos derives which releases can run with the schema.
@Path("/api/pharos/v1/migrations")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class MigrationResource {
  private static final Duration DEFAULT_SOAK = Duration.ofMinutes(15);

  private final SchemaCompatibility migrations;

  MigrationResource(SchemaCompatibility migrations) {
    this.migrations = migrations;
  }

  /// A migration in answers.
  @Schema
  public record MigrationView(
      String service,
      String env,
      String file,
      @Schema(enumeration = {"expand", "contract"}) String phase,
      String checksum,
      @Schema(
              description =
                  "Oldest release that can run after the migration is applied; empty if all releases can.")
          @JsonProperty("safe_from")
          String safeFrom,
      @Schema(enumeration = {"begun", "applied", "rolled_back", "unclear"}) String state,
      @Schema(description = "The version that was being rolled out.") String release,
      @Schema(description = "Why the migration failed.") String text,
      @Schema(description = "When the state was reported.") String at) {
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
  @Schema
  public record MigrationList(List<MigrationView> migrations) {}

  /// The answer to the question whether a release can run with the schema, or whether the old
  /// schema can be removed.
  @Schema
  public record SchemaView(
      @Schema(enumeration = {"yes", "no", "later", "unknown"}) String answer,
      @Schema(description = "The reasons in one line.") String summary,
      List<String> reasons,
      @Schema(description = "Number of migrations that were ever reported.") int reported) {
    static SchemaView of(SchemaAnswer answer, int reported) {
      return new SchemaView(
          answer.verdict().text(), String.join("; ", answer.reasons()), answer.reasons(), reported);
    }
  }

  /// Stores the reported state of a migration instead of the previous one. But an applied migration
  /// stays applied.
  @Operation(operationId = "reportMigration", summary = "Reports the state of a migration")
  @Exchange({
    "200 [MigrationView] The state is stored; an applied migration stays applied.",
    "400 A field is missing, unknown or invalid."
  })
  @PUT
  @Path("{file}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.DEPLOYMENT_WRITE)
  public Response put(
      @Parameter(description = "Name of the migration's file.") @PathParam("file") String file,
      @Context SecurityContext caller,
      @Exchange.Body("MigrationReport") String body) {
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
    Caller.covering(caller, record.service(), record.env());
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
  @Operation(
      operationId = "getMigrations",
      summary = "Lists the reported migrations of a service's database")
  @Exchange({
    "200 [MigrationList] The migrations, sorted by file name.",
    "400 A parameter is missing."
  })
  @GET
  @Needs(Scope.GATE_READ)
  public Response list(
      @Parameter(description = "Service.") @QueryParam("service") @Nullable String service,
      @Parameter(description = "Environment.") @QueryParam("env") @Nullable String env,
      @Context SecurityContext caller) {
    var database = Database.covered(service, env, caller);
    return Response.ok(
            new MigrationList(
                migrations.known(database.service(), database.env()).stream()
                    .map(MigrationView::of)
                    .toList()))
        .build();
  }

  /// Returns whether the current schema permits a rollback to a release: `yes`, `no` or `unknown`.
  /// The status of the answer is always 200.
  @Operation(
      operationId = "canRollback",
      summary = "Whether the database schema permits a rollback to a release")
  @Exchange({"200 [SchemaView] The answer yes, no or unknown.", "400 A parameter is missing."})
  @GET
  @Path("can-rollback")
  @Needs(Scope.GATE_READ)
  public Response canRollBack(
      @Parameter(description = "Service.") @QueryParam("service") @Nullable String service,
      @Parameter(description = "Environment.") @QueryParam("env") @Nullable String env,
      @Parameter(description = "Version to roll back to.") @QueryParam("to") @Nullable String to,
      @Context SecurityContext caller) {
    var database = Database.covered(service, env, caller);
    return answer(
        database,
        migrations.canRollBack(database.service(), database.env(), requiredParameter("to", to)));
  }

  /// Returns whether the parts of the schema that only releases before `safe_from` need can be
  /// removed: `yes`, `no`, `later` or `unknown`. The status of the answer is always 200.
  @Operation(
      operationId = "canContract",
      summary = "Whether the schema of older releases can be removed")
  @Exchange({
    "200 [SchemaView] The answer yes, no, later or unknown.",
    "400 A parameter is missing or invalid."
  })
  @GET
  @Path("can-contract")
  @Needs(Scope.GATE_READ)
  public Response canContract(
      @Parameter(description = "Service.") @QueryParam("service") @Nullable String service,
      @Parameter(description = "Environment.") @QueryParam("env") @Nullable String env,
      @Parameter(description = "Oldest release that does not need the old schema.")
          @QueryParam("safe_from")
          @Nullable String safeFrom,
      @Parameter(description = "Minimum age of the serving release; default 15m.")
          @QueryParam("soak")
          @Nullable String soak,
      @Context SecurityContext caller) {
    var database = Database.covered(service, env, caller);
    return answer(
        database,
        migrations.canContract(
            database.service(),
            database.env(),
            requiredParameter("safe_from", safeFrom),
            soak(soak)));
  }

  private Response answer(Database database, SchemaAnswer answer) {
    int reported = migrations.known(database.service(), database.env()).size();
    return Response.ok(SchemaView.of(answer, reported)).build();
  }

  /* The service and environment of a database. */
  private record Database(String service, String env) {
    /* Returns the database that the parameters name. Answers 403 if the caller's token does not
     * permit its service and environment. */
    static Database covered(
        @Nullable String service, @Nullable String env, SecurityContext caller) {
      var named =
          new Database(requiredParameter("service", service), requiredParameter("env", env));
      Caller.covering(caller, named.service, named.env);
      return named;
    }
  }

  private static String requiredParameter(String parameter, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new InvalidFieldException(parameter, "", "a value of this required parameter");
    }
    return value;
  }

  private static Duration soak(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return DEFAULT_SOAK;
    }
    try {
      return PromDuration.parse(text);
    } catch (IllegalArgumentException _) { // reported below
      throw new InvalidFieldException("soak", text, "a duration such as 15m");
    }
  }
}
