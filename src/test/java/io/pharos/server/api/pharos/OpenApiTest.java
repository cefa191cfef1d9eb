package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import io.pharos.access.Access;
import io.pharos.access.Scope;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.hindsight.Replay;
import io.pharos.gate.judge.CheckReport;
import io.pharos.migration.MigrationResult;
import io.pharos.migration.MigrationTask;
import io.pharos.rollout.AgentTrouble;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.LeaseRefusal;
import io.pharos.rollout.ObservedServer;
import io.pharos.rollout.ServerState;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Needs;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.openapi.api.SmallRyeOpenAPI;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jboss.jandex.Index;
import org.jboss.jandex.Indexer;
import org.junit.jupiter.api.Test;

/// Compares the OpenAPI document, generated as the build does, with the routes and their answers.
class OpenApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// As in pom.xml.
  private static final Map<String, String> SETTINGS =
      Map.of(
          "mp.openapi.scan.packages",
          "io.pharos.server.api.pharos,io.pharos.gate,io.pharos.rollout",
          "mp.openapi.filter",
          OpenApiFilter.class.getName(),
          "mp.openapi.extensions.smallrye.openapi",
          "3.1.0");

  private static final JsonNode DOCUMENT = document();

  private static JsonNode document() {
    try {
      var config =
          new SmallRyeConfigBuilder()
              .withSources(new PropertiesConfigSource(SETTINGS, "test", 100))
              .build();
      return JSON.readTree(
          SmallRyeOpenAPI.builder()
              .withConfig(config)
              .withIndex(index())
              .withApplicationClassLoader(OpenApiTest.class.getClassLoader())
              .build()
              .toJSON());
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Index index() throws IOException, URISyntaxException {
    var indexer = new Indexer();
    var classes =
        java.nio.file.Path.of(
            OpenApiResource.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<java.nio.file.Path> files = Files.walk(classes)) {
      for (var file : files.filter(one -> one.toString().endsWith(".class")).toList()) {
        try (InputStream in = Files.newInputStream(file)) {
          indexer.index(in);
        }
      }
    }
    return indexer.complete();
  }

  @Test
  void document_hasEveryRouteWithItsScopeAndParameters_andNoOther() throws Exception {
    var routes = new TreeMap<String, String>();
    for (Class<?> resource : resources()) {
      for (Method method : resource.getDeclaredMethods()) {
        for (Annotation annotation : method.getAnnotations()) {
          var http = annotation.annotationType().getAnnotation(HttpMethod.class);
          if (http != null) {
            routes.put(http.value() + " " + path(resource, method), declared(http.value(), method));
          }
        }
      }
    }
    assertThat(told()).isEqualTo(routes).hasSizeGreaterThan(10);
  }

  private static List<Class<?>> resources() throws IOException, URISyntaxException {
    var resources = new ArrayList<Class<?>>();
    String name = OpenApiResource.class.getSimpleName() + ".class";
    var folder = java.nio.file.Path.of(OpenApiResource.class.getResource(name).toURI()).getParent();
    try (Stream<java.nio.file.Path> files = Files.list(folder)) {
      for (var file : files.map(one -> one.getFileName().toString()).sorted().toList()) {
        if (file.endsWith("Resource.class")) {
          resources.add(type(file.replace(".class", "")));
        }
      }
    }
    return resources;
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(OpenApiResource.class.getPackageName() + "." + name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String path(Class<?> resource, Method method) {
    var at = method.getAnnotation(Path.class);
    String path = resource.getAnnotation(Path.class).value() + (at == null ? "" : "/" + at.value());
    return path.replaceAll(": ?[^}]*}", "}");
  }

  private static String declared(String http, Method method) {
    var needs = method.getAnnotation(Needs.class);
    String scope =
        method.isAnnotationPresent(Exempt.class)
            ? ""
            : (needs != null ? needs.value() : http.equals("GET") ? Scope.READ : Scope.ADMIN)
                .text();
    var parameters = new TreeSet<String>();
    for (Parameter parameter : method.getParameters()) {
      for (Annotation annotation : parameter.getAnnotations()) {
        switch (annotation) {
          case PathParam one -> parameters.add("path " + one.value());
          case QueryParam one -> parameters.add("query " + one.value());
          case HeaderParam one -> parameters.add("header " + one.value());
          default -> {}
        }
      }
    }
    return scope + " " + parameters + (method.isAnnotationPresent(Consumes.class) ? " body" : "");
  }

  private static TreeMap<String, String> told() {
    var told = new TreeMap<String, String>();
    DOCUMENT
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        one ->
                            told.put(
                                one.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                told(one.getValue()))));
    return told;
  }

  private static String told(JsonNode operation) {
    var parameters = new TreeSet<String>();
    for (JsonNode parameter : operation.path("parameters")) {
      parameters.add(parameter.path("in").asText() + " " + parameter.path("name").asText());
    }
    return operation.at("/security/0/token/0").asText()
        + " "
        + parameters
        + (operation.has("requestBody") ? " body" : "");
  }

  @Test
  void schemas_haveTheFieldsOfWhatIsAnswered() {
    var answers =
        List.of(
            DeploymentResource.DeploymentList.DeploymentView.class,
            GateView.class,
            GateView.Window.class,
            GateView.Decision.class,
            GateView.Policy.class,
            GateView.Evidence.class,
            GateView.Row.class,
            GateView.Chain.class,
            GateView.Rates.class,
            GateView.Regretted.class,
            GateView.FactView.class,
            GateView.OverrideRow.class,
            GateResource.GateList.class,
            MigrationResource.MigrationView.class,
            MigrationResource.MigrationList.class,
            MigrationResource.SchemaView.class,
            DeploymentResource.DeploymentList.class,
            DeploymentResource.DeploymentList.Item.class,
            DeploymentResource.DeploymentList.GateLine.class,
            AuditResource.AuditList.class,
            EpisodeView.class,
            EpisodeView.AcknowledgementView.class,
            EpisodeView.TimelineEvent.class,
            EpisodeView.EpisodeDetail.class,
            EpisodeView.EpisodeList.class,
            CallbacksResource.CallbackList.class,
            CallbacksResource.CallbackView.class,
            CallbacksResource.LedgerRow.class,
            GithubResource.Taken.class,
            ProbePushResource.ReportTaken.class,
            PushReportsResource.PushReportList.class,
            PushReportsResource.PushReportLine.class,
            UptimeKumaPushResource.Accepted.class,
            UptimeKumaPushResource.Refused.class,
            Replay.class,
            CheckReport.class,
            RolloutView.class,
            RolloutView.RolloutList.class,
            RolloutView.Event.class,
            ServerState.class,
            ObservedServer.class,
            AgentTrouble.class,
            MigrationTask.class,
            MigrationResult.class,
            Heartbeat.class,
            HeartbeatAnswer.class,
            LeaseRefusal.class,
            DrillsResource.DrillList.class,
            DrillsResource.DrillView.class,
            DrillsResource.DrillLevel.class,
            DrillsResource.DrillCall.class,
            DrillsResource.DrillWay.class,
            OnCallView.class,
            OnCallView.RotationView.class,
            OnCallView.ShiftView.class,
            OnCallView.OverrideView.class,
            EscalationView.class,
            EscalationView.NextStep.class,
            ReceiversResource.TestResult.class,
            ReceiversResource.IntegrationResult.class);
    for (Class<?> answer : answers) {
      assertThat(fields(answer.getSimpleName()))
          .as(answer.getSimpleName())
          .isEqualTo(names(answer));
    }
    assertThat(fields("Error")).isEqualTo(names(PharosError.class));
    assertThat(JSON.convertValue(schema("GateState").path("enum"), String[].class))
        .containsExactlyInAnyOrder(
            Arrays.stream(GateState.values()).map(Enum::name).toArray(String[]::new));
  }

  private static JsonNode schema(String name) {
    return DOCUMENT.path("components").path("schemas").path(name);
  }

  private static TreeSet<String> fields(String schema) {
    var names = new TreeSet<String>();
    schema(schema).path("properties").fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static TreeSet<String> names(Class<?> type) {
    var names = new TreeSet<String>();
    JSON.getSerializationConfig().introspect(JSON.constructType(type)).findProperties().stream()
        .filter(BeanPropertyDefinition::couldSerialize)
        .forEach(property -> names.add(property.getName()));
    return names;
  }

  @Test
  void references_leadSomewhere() {
    List<JsonNode> references = DOCUMENT.findValues("$ref");
    assertThat(references)
        .hasSizeGreaterThan(20)
        .allMatch(reference -> !DOCUMENT.at(reference.asText().substring(1)).isMissingNode());
  }

  @Test
  void bodies_haveTheFieldsThatAreRead() {
    var anybody = new Caller(new Access.Granted("test", Set.of(), Set.of()));
    var deployments = new DeploymentResource(null, null, null); // the body is read first
    var gates = new GateResource(null, null);
    assertThat(fields("Announcement"))
        .isEqualTo(
            read(
                body ->
                    deployments.put(
                        "key",
                        anybody,
                        "{\"service\":\"s\",\"env\":\"e\",\"version\":\"1\"," + body)));
    assertThat(fields("End"))
        .isEqualTo(
            read(body -> deployments.patch("key", anybody, "{\"status\":\"failed\"," + body)));
    var migrations = new MigrationResource(null);
    assertThat(fields("MigrationReport"))
        .isEqualTo(
            read(
                body ->
                    migrations.put(
                        "V1__expand_x.sql",
                        anybody,
                        "{\"service\":\"s\",\"env\":\"e\",\"phase\":\"expand\",\"checksum\":\"1\","
                            + "\"state\":\"applied\","
                            + body)));
    assertThat(fields("GateRequest"))
        .isEqualTo(read(body -> gates.open("key", null, anybody, "{\"deployment\":\"d\"," + body)));
    var onCall = new OnCallResource(null, null, null, InstantSource.system());
    assertThat(fields("OnCallOverride"))
        .isEqualTo(
            read(
                body -> onCall.put("id", anybody, "{\"rotation\":\"r\",\"person\":\"p\"," + body)));
    var rollouts = new RolloutResource(null, null);
    assertThat(fields("RolloutRequest"))
        .isEqualTo(read(body -> rollouts.start(anybody, "{\"deployment\":\"d\"," + body)));
    assertThat(fields("Reason"))
        .isEqualTo(read(body -> rollouts.pause("id", anybody, "{\"reason\":\"r\"," + body)));
    assertThat(fields("Override"))
        .isEqualTo(
            read(
                body ->
                    gates.override(
                        "id", anybody, "{\"outcome\":\"PASS\",\"reason\":\"r\"," + body)));
  }

  /// The permitted fields of a request, from the error about an unknown one.
  private static TreeSet<String> read(Function<String, Response> request) {
    try {
      Response taken = request.apply("\"qqqq\": 1}");
      throw new AssertionError("an unknown field was taken: " + taken);
    } catch (InvalidFieldException e) {
      String only = "one of the fields ";
      assertThat(e.expected()).startsWith(only);
      return new TreeSet<>(List.of(e.expected().substring(only.length()).split(", ")));
    }
  }
}
