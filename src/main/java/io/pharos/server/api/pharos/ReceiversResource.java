package io.pharos.server.api.pharos;

import io.pharos.access.Scope;
import io.pharos.alerting.message.ReceiverTests;
import io.pharos.model.Quoted;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Sends test messages to receivers.
@Path("/api/pharos/v1/receivers")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ReceiversResource {
  private final ReceiverTests tests;

  ReceiversResource(ReceiverTests tests) {
    this.tests = tests;
  }

  /// The result of a test message.
  @Schema
  record TestResult(
      String receiver,
      @Schema(description = "Whether every integration delivered the message.") boolean delivered,
      List<IntegrationResult> integrations) {
    static TestResult of(String receiver, List<ReceiverTests.Outcome> outcomes) {
      return new TestResult(
          receiver,
          outcomes.stream().allMatch(ReceiverTests.Outcome::delivered),
          outcomes.stream().map(IntegrationResult::of).toList());
    }
  }

  /// The result for one integration.
  ///
  /// @param answer the answer of the service that was called, or why the message was not delivered
  record IntegrationResult(
      String integration,
      int integrationIndex,
      boolean delivered,
      String answer,
      String deliveryId) {
    static IntegrationResult of(ReceiverTests.Outcome outcome) {
      return new IntegrationResult(
          outcome.integration().type(),
          outcome.integration().index(),
          outcome.delivered(),
          outcome.answer(),
          outcome.deliveryId());
    }
  }

  /// Sends a test message to all integrations of a receiver and returns their answers.
  ///
  /// @param state `firing`, or `resolved` to resolve the alert of an earlier test
  @Operation(
      operationId = "testReceiver",
      summary = "Sends a test message now and returns the receiver's answers")
  @Exchange({
    "200 [TestResult] The result of each integration.",
    "400 The state is invalid, or the receiver has no integrations.",
    "404 There is no such receiver."
  })
  @POST
  @Path("{name}/test")
  @Needs(Scope.ALERT_WRITE)
  public Response test(
      @Parameter(description = "Name of the receiver.") @PathParam("name") String name,
      @Parameter(
              description =
                  "`firing` (default), or `resolved` to resolve the alert of an earlier test.",
              schema = @Schema(enumeration = {"firing", "resolved"}))
          @QueryParam("state")
          @Nullable String state) {
    boolean resolved = "resolved".equals(state);
    if (!resolved && state != null && !state.equals("firing")) {
      return PharosError.answer(
          400, "state: expected firing or resolved, found " + Quoted.of(state));
    }
    return tests
        .run(name, resolved ? ReceiverTests.Kind.RESOLVED : ReceiverTests.Kind.FIRING)
        .map(outcomes -> answer(name, outcomes))
        .orElseGet(() -> PharosError.answer(404, "there is no receiver " + Quoted.of(name)));
  }

  private static Response answer(String name, List<ReceiverTests.Outcome> outcomes) {
    return outcomes.isEmpty()
        ? PharosError.answer(
            400,
            "the receiver "
                + Quoted.of(name)
                + " has no integrations: pharos drill tries a policy, other receivers need one")
        : Response.ok(TestResult.of(name, outcomes)).build();
  }
}
