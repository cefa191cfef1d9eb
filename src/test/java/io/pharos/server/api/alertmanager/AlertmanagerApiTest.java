package io.pharos.server.api.alertmanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.access.AccessControls;
import io.pharos.access.Client;
import io.pharos.access.TrustBoundary;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Sha256;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.QueryWorks;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.pharos.NotificationsResource;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlertmanagerApiTest {
  private static final String CONFIG =
      """
      route:
        receiver: a
        group_by: [job]
        routes:
        - {receiver: b, matchers: [copy="yes"], continue: true}
        - {receiver: a, matchers: [copy="yes"]}
        - {receiver: m, matchers: [mute="yes"], mute_time_intervals: [always]}
      receivers:
      - {name: a, webhook_configs: [{url: 'http://hush'}]}
      - name: m
      - name: b
      inhibit_rules: [{source_matchers: [sev="1"], target_matchers: [sev="2"]}]
      time_intervals: [{name: always, time_intervals: [{}]}]
      """;

  private final NotifierRig rig = new NotifierRig(CONFIG);
  private final AlertmanagerApi api =
      new AlertmanagerApi(
          rig.dispatcher,
          rig.silences,
          rig.time,
          new AlertmanagerIdentity("0.28.1", "pharos", VirtualTime.START));

  private static final String JSON = "application/json";
  private static final Client WRITER = client("writes");

  private static Client client(String token) {
    return new Client("Bearer " + token, null, "10.0.0.1", "it comes from another host", "");
  }

  private NotificationsResource ledger(Outbox outbox) {
    var tokens = new StringBuilder("tokens:\n");
    Map.of("writes", "alert:write", "reads", "read")
        .forEach(
            (token, scope) ->
                tokens.append(
                    "- {name: %s, sha256: %s, scopes: ['%s']}\n"
                        .formatted(token, Sha256.hex(token), scope)));
    return new NotificationsResource(
        outbox,
        rig.time,
        AccessControls.of(tokens.toString()),
        new RequestClient(new TrustBoundary("0.0.0.0", URI.create("http://pharos"), List.of())));
  }

  private static byte[] bytes(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private AlertmanagerApi.Reply post(String json) {
    AlertmanagerApi.Reply reply = api.postAlerts(bytes(json), JSON);
    rig.time.settle();
    return reply;
  }

  private static AlertmanagerApi.Reply reply(Response response) {
    return new AlertmanagerApi.Reply(response.getStatus(), (byte[]) response.getEntity());
  }

  private static JsonNode json(AlertmanagerApi.Reply reply) {
    try {
      return new ObjectMapper().readTree(reply.json());
    } catch (java.io.IOException e) {
      throw new AssertionError(reply.text(), e);
    }
  }

  private static AlertmanagerApi.AlertQuery query(String... filters) {
    return new AlertmanagerApi.AlertQuery(
        List.of(filters), null, List.of(), null, null, null, null);
  }

  private static List<String> names(JsonNode alerts) {
    var names = new ArrayList<String>();
    alerts.forEach(alert -> names.add(alert.path("labels").path("alertname").asText()));
    return names;
  }

  @Test
  void status_showsMaskedConfigurationAndVersion() {
    JsonNode status = json(api.status());
    assertThat(status.path("config").path("original").asText())
        .contains("receiver: a", "<secret>")
        .doesNotContain("hush");
    assertThat(status.path("cluster").path("status").asText()).isEqualTo("disabled");
    assertThat(status.path("cluster").path("peers").isArray()).isTrue();
    assertThat(status.path("versionInfo").path("version").asText()).isEqualTo("0.28.1");
    assertThat(status.path("uptime").asText()).isEqualTo("2026-03-02T10:00:00.000Z");
  }

  @Test
  void identity_isAMetric() {
    new AlertmanagerIdentity("0.28.1", "pharos", VirtualTime.START).bindTo(rig.registry);
    assertThat(rig.registry.get("alertmanager_build_info").tag("version", "0.28.1").gauge().value())
        .isEqualTo(1);
  }

  @Test
  void receivers_areInFileOrder() {
    assertThat(api.receivers(List.of()).text())
        .isEqualTo("[{\"name\":\"a\"},{\"name\":\"m\"},{\"name\":\"b\"}]");
  }

  @Test
  void alerts_haveEveryFieldAndNoNullArray() {
    assertThat(
            post(
                "[{'labels':{'alertname':'F','instance':'1','empty':''},'annotations':{'x':'y'},"
                    + "'startsAt':'2026-03-02T09:59:50+00:00','endsAt':'2026-03-02T11:00:00.5Z',"
                    + "'generatorURL':'http://g.example/1?a={b|c}'}]"))
        .isEqualTo(AlertmanagerApi.Reply.OK);
    assertThat(api.alerts(query()).text())
        .isEqualTo(
            "[{\"annotations\":{\"x\":\"y\"},\"endsAt\":\"2026-03-02T11:00:00.500Z\","
                + "\"fingerprint\":\""
                + io.pharos.alerting.alert.Fingerprint.of(
                    io.pharos.model.Labels.of("alertname", "F", "instance", "1"))
                + "\",\"receivers\":[{\"name\":\"a\"}],\"startsAt\":\"2026-03-02T09:59:50.000Z\","
                + "\"status\":{\"inhibitedBy\":[],\"mutedBy\":[],\"silencedBy\":[],\"state\":\"active\"},"
                + "\"updatedAt\":\"2026-03-02T10:00:00.000Z\",\"generatorURL\":\"http://g.example/1?a={b|c}\","
                + "\"labels\":{\"alertname\":\"F\",\"instance\":\"1\"}}]");
  }

  @Test
  void alerts_filters_areAllApplied() {
    post(
        "[{'labels':{'alertname':'A','x':'1','sev':'1'}},{'labels':{'alertname':'B','x':'1','sev':'2'}},"
            + "{'labels':{'alertname':'C','copy':'yes'}},{'labels':{'alertname':'S'}},"
            + "{'labels':{'alertname':'Over'},'endsAt':'2026-03-02T10:00:00Z'}]");
    String id = rig.silence("alertname=S", Duration.ofHours(1));
    assertThat(names(json(api.alerts(query())))).containsExactlyInAnyOrder("A", "B", "C", "S");
    assertThat(names(json(api.alerts(query("x=1", "alertname!=A"))))).containsExactly("B");
    assertThat(names(json(api.alerts(query("alertname=~\"A|S\"", "x=\"\""))))).containsExactly("S");
    assertThat(
            json(api.alerts(query("alertname=S")))
                .get(0)
                .path("status")
                .path("silencedBy")
                .get(0)
                .asText())
        .isEqualTo(id);
    assertThat(names(json(api.alerts(with("active", "false")))))
        .containsExactlyInAnyOrder("B", "S");
    assertThat(names(json(api.alerts(with("silenced", "no")))))
        .containsExactlyInAnyOrder("A", "B", "C");
    assertThat(names(json(api.alerts(with("inhibited", "0")))))
        .containsExactlyInAnyOrder("A", "C", "S");
    assertThat(names(json(api.alerts(with("active", "Yes"))))).hasSize(4);
    assertThat(names(json(api.alerts(with("receiver", "b|x"))))).containsExactly("C");
    assertThat(api.alerts(with("receiver", "(")).status()).isEqualTo(400);
    assertThat(api.alerts(query("(((")).text()).startsWith("\"").contains("(((");
    assertThat(api.alerts(query("(((")).status()).isEqualTo(400);
  }

  private static AlertmanagerApi.AlertQuery with(String name, String value) {
    return new AlertmanagerApi.AlertQuery(
        List.of(),
        name.equals("receiver") ? value : null,
        name.equals("receiver_matchers") ? List.of(value) : List.of(),
        name.equals("active") ? value : null,
        name.equals("silenced") ? value : null,
        name.equals("inhibited") ? value : null,
        name.equals("muted") ? value : null);
  }

  @Test
  void groups_areSortedAndFiltered() {
    post(
        "[{'labels':{'alertname':'A','job':'j2','copy':'yes'}},{'labels':{'alertname':'B','job':'j1'}},"
            + "{'labels':{'alertname':'M','mute':'yes'}}]");
    JsonNode groups = json(api.groups(query()));
    var texts = new ArrayList<String>();
    groups.forEach(
        g -> texts.add(g.path("labels") + " " + g.path("receiver").path("name").asText()));
    assertThat(texts)
        .containsExactly("{} m", "{\"job\":\"j1\"} a", "{\"job\":\"j2\"} a", "{\"job\":\"j2\"} b");
    assertThat(groups.get(0).path("alerts").get(0).path("status").toString())
        .contains("\"mutedBy\":[\"always\"]", "\"state\":\"suppressed\"");
    assertThat(groups.get(2).path("alerts").get(0).path("receivers")).hasSize(2);
    assertThat(json(api.groups(with("muted", "false")))).hasSize(3);
    assertThat(json(api.groups(with("receiver", "b")))).hasSize(1);
    assertThat(json(api.groups(query("alertname=B")))).hasSize(1);
    assertThat(api.groups(query("(((")).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[{'labels':{}}] | 400 | \"at least one label pair required\"",
        "[{'labels':{'':'x'}}] | 400 | \"invalid label set: invalid name \\\"\\\"\"",
        "[{'labels':{'a':'b'},'startsAt':'2026-03-02T10:00:00Z','endsAt':'2026-03-02T09:00:00Z'}] | 400 | \"start time must be before end time",
        "[{'labels':{'a':'b'},'annotations':{'':'x'}}] | 400 | \"invalid annotations: invalid name",
        "[{'labels':{'a':null}}] | 400 | \"at least one label pair required\"",
        "[{'labels':{'a':'b'},'generatorURL':7}] | 400 | {\"code\":400",
        "[{'labels':{'a':'b'},'generatorURL':'http://h:port/'}] | 422 | {\"code\":601",
        "[{'labels':{'a':'b'},'startsAt':5}] | 400 | {\"code\":400",
        "[{'annotations':{}}] | 422 | {\"code\":602,\"message\":\"0.labels in body is required\"}",
        "[{'labels':{'a':'b'},'generatorURL':'no uri'}] | 422 | {\"code\":601,\"message\":\"0.generatorURL in body must be of type uri: \\\"no uri\\\"\"}",
        "{'labels':{}} | 400 | {\"code\":400,\"message\":\"parsing alerts body from",
        "[1] | 400 | {\"code\":400",
        "[{'labels':{'a':1}}] | 400 | {\"code\":400",
        "[{'labels':[]}] | 400 | {\"code\":400",
        "[{'labels':{'a':'b'},'startsAt':'yesterday'}] | 400 | {\"code\":400",
        "[ | 400 | {\"code\":400",
        "[] [] | 400 | {\"code\":400",
        "[{'labels':{'a':'b'},'generatorURL':'http://a b/'}] | 422 | {\"code\":601",
        "`` | 422 | {\"code\":602",
      })
  void postAlerts_badOnes_haveTheirCodes(String body, int status, String answer) {
    AlertmanagerApi.Reply reply = post(body == null ? "" : body);
    assertThat(reply.status()).as(reply.text()).isEqualTo(status);
    assertThat(reply.text()).startsWith(answer);
    assertThat(json(api.alerts(query()))).isEmpty();
  }

  @Test
  void postAlerts_nullAndAddressesOfExpressions_areTaken() {
    assertThat(post("null").status()).isEqualTo(200);
    assertThat(
            post("[{'labels':{'a':'b'},'generatorURL':'http://h/g?g0.expr=a{b=\\'c\\'} > 1'}]")
                .status())
        .isEqualTo(200);
    assertThat(post("[{'labels':{'a':'b'},'generatorURL':'/p'}]").status()).isEqualTo(200);
  }

  @Test
  void postAlerts_mixed_keepsTheValidOnes() {
    AlertmanagerApi.Reply reply =
        post(
            "[{'labels':{}},{'labels':{'alertname':'Good'},'startsAt':'0001-01-01T00:00:00Z'},{'labels':{'':'x'}}]");
    assertThat(reply.status()).isEqualTo(400);
    assertThat(json(reply).asText())
        .isEqualTo("invalid label set: invalid name \"\"; at least one label pair required");
    assertThat(names(json(api.alerts(query())))).containsExactly("Good");
    assertThat(rig.registry.get("alertmanager_alerts_invalid").counter().count()).isEqualTo(2);
  }

  private static final String SILENCE =
      "{'matchers':[{'name':'a','value':'b','isRegex':false}],'startsAt':'2026-03-02T10:00:00Z',"
          + "'endsAt':'2026-03-02T11:00:00Z','createdBy':'ann','comment':''}";

  @Test
  void silences_createGetListExpire() {
    AlertmanagerApi.Reply created = api.postSilence(bytes(SILENCE), JSON);
    String id = json(created).path("silenceID").asText();
    assertThat(created.status()).isEqualTo(200);
    assertThat(api.silence(id).text())
        .isEqualTo(
            "{\"id\":\""
                + id
                + "\",\"status\":{\"state\":\"active\"},\"updatedAt\":\"2026-03-02T10:00:00.000Z\","
                + "\"comment\":\"\",\"createdBy\":\"ann\",\"endsAt\":\"2026-03-02T11:00:00.000Z\","
                + "\"matchers\":[{\"isEqual\":true,\"isRegex\":false,\"name\":\"a\",\"value\":\"b\"}],"
                + "\"startsAt\":\"2026-03-02T10:00:00.000Z\"}");
    assertThat(json(api.silences(List.of("a=b"), AlertmanagerApi.SilenceStates.ALL))).hasSize(1);
    assertThat(api.silences(List.of("a!=b"), AlertmanagerApi.SilenceStates.ALL).text())
        .isEqualTo("[]");
    assertThat(api.silences(List.of("((("), AlertmanagerApi.SilenceStates.ALL).status())
        .isEqualTo(400);
    assertThat(api.expireSilence(id)).isEqualTo(AlertmanagerApi.Reply.OK);
    assertThat(api.expireSilence(id)).isEqualTo(AlertmanagerApi.Reply.OK);
    rig.advance(1);
    assertThat(json(api.silence(id)).path("status").path("state").asText()).isEqualTo("expired");
  }

  @Test
  void silences_areShownByState() {
    String active = rig.silence("a=active", Duration.ofHours(1));
    String ended = rig.silence("a=ended", Duration.ofHours(1));
    api.expireSilence(ended);
    rig.advance(1);
    String pending =
        json(api.postSilence(
                bytes(SILENCE.replace("T10:00:00Z", "T10:30:00Z").replace("'b'", "'pending'")),
                JSON))
            .path("silenceID")
            .asText();
    assertThat(ids(null, null, null)).containsExactly(active, pending, ended);
    assertThat(ids(null, null, "false")).containsExactly(active, pending);
    assertThat(ids("false", "true", "0")).containsExactly(pending);
    assertThat(ids("no", "no", "yes")).containsExactly(ended);
  }

  private List<String> ids(String active, String pending, String expired) {
    var ids = new ArrayList<String>();
    json(api.silences(List.of(), new AlertmanagerApi.SilenceStates(active, pending, expired)))
        .forEach(silence -> ids.add(silence.path("id").asText()));
    return ids;
  }

  @Test
  void silence_annotations_areKeptAndStayWithAChange() {
    String body = SILENCE.replace("'comment':''", "'comment':'','annotations':{'ticket':'T-1'}");
    String id = json(api.postSilence(bytes(body), JSON)).path("silenceID").asText();
    assertThat(json(api.silence(id)).path("annotations").toString())
        .isEqualTo("{\"ticket\":\"T-1\"}");
    String longer =
        body.replace("{'matchers'", "{'id':'" + id + "','matchers'").replace("T11", "T12");
    assertThat(json(api.postSilence(bytes(longer), JSON)).path("silenceID").asText()).isEqualTo(id);
    assertThat(json(api.silence(id)).path("annotations").path("ticket").asText()).isEqualTo("T-1");
    AlertmanagerApi.Reply bad = api.postSilence(bytes(body.replace("'T-1'", "1")), JSON);
    assertThat(bad.status()).isEqualTo(400);
    assertThat(bad.text()).contains("annotations.ticket must be a string");
  }

  @Test
  void receiverMatchers_chooseByTheName() {
    post("[{'labels':{'alertname':'A','job':'j2','copy':'yes'}},{'labels':{'alertname':'B'}}]");
    assertThat(api.receivers(List.of("name=~\"a|b\"", "name!=a")).text())
        .isEqualTo("[{\"name\":\"b\"}]");
    assertThat(names(json(api.alerts(with("receiver_matchers", "name=b"))))).containsExactly("A");
    assertThat(json(api.groups(with("receiver_matchers", "name=b")))).hasSize(1);
    assertThat(api.receivers(List.of("(((")).status()).isEqualTo(400);
    assertThat(api.alerts(with("receiver_matchers", "(((")).status()).isEqualTo(400);
  }

  @Test
  void silences_negativeRegex_keepsItsKind() {
    String id =
        json(api.postSilence(
                bytes(
                    SILENCE.replace(
                        "'isRegex':false",
                        "'isRegex':true,'isEqual':false},{'name':'c','value':'d','isRegex':false,'isEqual':true")),
                JSON))
            .path("silenceID")
            .asText();
    assertThat(json(api.silence(id)).path("matchers").get(0).toString())
        .isEqualTo("{\"isEqual\":false,\"isRegex\":true,\"name\":\"a\",\"value\":\"b\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'isRegex':false | 'isRegex':false,'isEqual':false",
        "'isRegex':false | 'isRegex':true,'isEqual':false",
        "2026-03-02T10:00:00Z | 0001-01-01T00:00:00Z",
        "2026-03-02T10:00:00Z | 2026-03-02",
        "2026-03-02T10:00:00Z | 2026-03-02T09:00:00",
        "2026-03-02T10:00:00Z | ``",
      })
  void postSilence_whatAlertmanagerTakes_isTaken(String part, String by) {
    AlertmanagerApi.Reply reply = api.postSilence(bytes(SILENCE.replace(part, by)), JSON);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "application/json; charset=utf-8 | 200",
        "APPLICATION/JSON | 200",
        "text/plain | 415",
        "*/* | 415",
        "`` | 415",
      })
  void post_otherContentType_isRefused(String contentType, int status) {
    byte[] alerts = bytes("[{'labels':{'alertname':'A'}}]");
    assertThat(api.postAlerts(alerts, contentType).status()).isEqualTo(status);
    assertThat(api.postSilence(bytes(SILENCE), contentType).status()).isEqualTo(status);
    assertThat(api.postAlerts(new byte[0], contentType).status()).isEqualTo(422);
  }

  @Test
  void groups_orderReceiversAndFilters_areAlertmanagers() {
    var grouped =
        new NotifierRig(
            """
            route:
              receiver: a
              group_by: [alertname]
              routes:
              - {receiver: z, matchers: [sev=x], group_by: [sev], continue: true}
              - {receiver: m, matchers: [alertname=M], mute_time_intervals: [always]}
              - {receiver: b, matchers: [alertname=~"B|M"], group_by: ['...']}
            time_intervals: [{name: always, time_intervals: [{}]}]
            receivers: [{name: a}, {name: b}, {name: m}, {name: z}]
            """);
    var groupApi =
        new AlertmanagerApi(
            grouped.dispatcher,
            grouped.silences,
            grouped.time,
            new AlertmanagerIdentity("0.28.1", "pharos", VirtualTime.START));
    assertThat(
            groupApi
                .postAlerts(
                    bytes(
                        "[{'labels':{'alertname':'B','sev':'x'}},{'labels':{'alertname':'C'}},"
                            + "{'labels':{'alertname':'M'}}]"),
                    JSON)
                .status())
        .isEqualTo(200);
    grouped.time.settle();
    JsonNode all = json(groupApi.groups(query()));
    assertThat(all)
        .extracting(group -> group.path("receiver").path("name").asText())
        .containsExactly("z", "a", "m", "b");
    assertThat(all.get(3).path("alerts").get(0).path("receivers").toString())
        .isEqualTo("[{\"name\":\"b\"},{\"name\":\"z\"}]");
    JsonNode ofB = json(groupApi.groups(with("receiver", "b")));
    assertThat(ofB.get(0).path("alerts").get(0).path("receivers").toString())
        .isEqualTo("[{\"name\":\"b\"}]");
    assertThat(json(groupApi.groups(with("active", "false")))).isEmpty();
  }

  @Test
  void silence_unknownOrNoUuid_hasItsCode() {
    String unknown = "00000000-0000-4000-8000-000000000999";
    assertThat(api.silence(unknown)).isEqualTo(AlertmanagerApi.Reply.NOT_FOUND);
    assertThat(api.expireSilence(unknown)).isEqualTo(AlertmanagerApi.Reply.NOT_FOUND);
    assertThat(api.silence("x").status()).isEqualTo(422);
    assertThat(api.expireSilence("x").text())
        .isEqualTo(
            "{\"code\":601,\"message\":\"silenceID in path must be of type uuid: \\\"x\\\"\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'comment':'' | 'x':'' | 422 | comment in body is required",
        "'createdBy':'ann' | 'x':1 | 422 | createdBy in body is required",
        "'endsAt':'2026-03-02T11:00:00Z' | 'x':1 | 422 | endsAt in body is required",
        "[{'name':'a','value':'b','isRegex':false}] | [] | 422 | at least 1 items",
        "[{'name':'a','value':'b','isRegex':false}] | 1 | 400 | matchers must be an array",
        "'value':'b', | '' :'', | 422 | matchers.0.value in body is required",
        "'isRegex':false | 'isRegex':'no' | 400 | matchers.0",
        "'value':'b','isRegex':false | 'value':'(','isRegex':true | 400 | invalid label matcher",
        "'value':'b' | 'value':'' | 400 | must not match the empty string",
        "'name':'a' | 'name':'' | 400 | invalid label name",
        "T11:00 | T10:00 | 400 | start time must be before end time",
        "T10:00:00Z','endsAt':'2026-03-02T11 | T08:00:00Z','endsAt':'2026-03-02T09 | 400 | end time can't be in the past",
        "2026-03-02T11:00:00Z | soon | 400 | expected a time as in RFC 3339",
        "2026-03-02T11:00:00Z | 0001-01-01T00:00:00Z | 400 | start time must be before end time",
        "{'matchers' | {'id':'00000000-0000-4000-8000-000000000999','matchers' | 404 | silence not found",
        "{'matchers' | ['matchers' | 400 | parsing silence body",
        "'createdBy':'ann' | 'createdBy':5 | 400 | createdBy must be a string",
        "{'matchers' | {'id':5,'matchers' | 400 | id must be a string",
        "[{'name':'a','value':'b','isRegex':false}] | ['a=b'] | 400 | matchers.0 is not an object",
        "'value':'b','isRegex':false | 'value':'(','isRegex':true | 400 | matcher 0: invalid regular expression",
      })
  void postSilence_badOnes_haveTheirCodes(String part, String by, int status, String answer) {
    AlertmanagerApi.Reply reply = api.postSilence(bytes(SILENCE.replace(part, by)), JSON);
    assertThat(reply.status()).as(reply.text()).isEqualTo(status);
    assertThat(reply.text()).contains(answer);
    assertThat(json(api.silences(List.of(), AlertmanagerApi.SilenceStates.ALL))).isEmpty();
  }

  @Test
  void postSilence_notAnObject_isMalformed() {
    assertThat(api.postSilence(bytes("[]"), JSON).status()).isEqualTo(400);
  }

  @Test
  void resources_answerWithJsonAndCorsHeaders() {
    var answers = new LargeAnswers(MemoryBounds.unbounded(), QueryWorks.roomy());
    var resource = new AlertmanagerRootResource(api, answers);
    var prefixed = new AlertmanagerPrefixResource(api, answers);
    assertThat(resource.postAlerts(bytes("[{'labels':{'alertname':'A'}}]"), JSON).getStatus())
        .isEqualTo(200);
    try (var reply = prefixed.alerts(List.of(), null, List.of(), null, null, null)) {
      assertThat(reply.getHeaderString("Cache-Control")).isEqualTo("no-store");
      assertThat(reply.getHeaderString("Access-Control-Allow-Origin")).isEqualTo("*");
      assertThat(reply.getMediaType()).hasToString("application/json");
    }
    assertThat(resource.groups(List.of(), null, List.of(), null, null, null, null).getStatus())
        .isEqualTo(200);
    assertThat(resource.status().getStatus()).isEqualTo(200);
    assertThat(resource.receivers(List.of()).getStatus()).isEqualTo(200);
    assertThat(resource.silences(List.of(), null, null, null).getStatus()).isEqualTo(200);
    assertThat(resource.postSilence(bytes("{}"), JSON).getStatus()).isEqualTo(422);
    assertThat(resource.silence("x").getStatus()).isEqualTo(422);
    try (var reply = resource.expireSilence("00000000-0000-4000-8000-000000000999")) {
      assertThat(reply.getStatus()).isEqualTo(404);
      assertThat(reply.hasEntity()).isFalse();
    }
  }

  @Test
  void ledger_showsDeliveriesWithTheirAttempts(@TempDir Path folder) {
    try (Store store = Store.open(new StoreConfig.Embedded(folder))) {
      var key = new NotificationLogEntry.Key("{}:{}", new Integration.Id("a", "webhook", 0));
      rig.fire("A");
      rig.advance(60);
      var notification = rig.messages.getFirst().notification();
      var delivery =
          new Delivery(
              key,
              notification,
              FingerprintSet.empty(),
              FingerprintSet.empty(),
              Duration.ofHours(1),
              rig.time.instant());
      var outbox = rig.outboxOn(store.notifier().outbox());
      assertThat(outbox.pending()).isZero();
      store.notifier().outbox().apply(List.of(new OutboxChange.Decided(delivery)));
      var ledger = ledger(outbox);
      JsonNode pending =
          json(reply(ledger.list("a", "pending", null, "1h", "5", WRITER)))
              .path("notifications")
              .get(0);
      assertThat(pending.path("finishedAt").isNull()).isTrue();
      store
          .notifier()
          .outbox()
          .apply(
              List.of(
                  new OutboxChange.AttemptFailed(
                      delivery.id(), 1, VirtualTime.START, "http://hook/… answered 503: inside"),
                  new OutboxChange.Finished(
                      delivery.id(), Delivery.Status.SENT, 2, VirtualTime.START, "200 ok")));
      JsonNode sent =
          json(reply(ledger.list(null, "sent", "{}:{}", null, null, WRITER)))
              .path("notifications")
              .get(0);
      assertThat(sent.path("status").asText()).isEqualTo("sent");
      assertThat(sent.path("answer").asText()).isEqualTo("200 ok");
      JsonNode forReaders =
          json(reply(ledger.list(null, "sent", null, null, null, client("reads"))))
              .path("notifications")
              .get(0);
      assertThat(forReaders.path("answer").asText())
          .isEqualTo("HTTP 200, 6 characters, shown with the scope alert:write");
      assertThat(forReaders.path("failures").get(0).path("reason").asText())
          .isEqualTo("HTTP 503, 34 characters, shown with the scope alert:write");
      assertThat(sent.path("attempts").asInt()).isEqualTo(2);
      assertThat(sent.path("reason").asText()).isEqualTo("first notification");
      assertThat(sent.path("failures").get(0).path("reason").asText())
          .isEqualTo("http://hook/… answered 503: inside");
      assertThat(sent.path("finishedAt").asText()).isEqualTo("2026-03-02T10:00:00.000Z");
      assertThat(
              json(reply(ledger.list(null, null, null, "2026-03-02T10:00:00+00:00", null, WRITER)))
                  .get("notifications"))
          .hasSize(1);
      assertThat(
              json(reply(ledger.list(null, null, null, "2026-03-02T11:00:00Z", null, WRITER)))
                  .get("notifications"))
          .isEmpty();
    }
  }

  @Test
  void ledger_badParameters_sayWhatWasExpected() {
    var ledger = ledger(rig.outbox);
    assertThat(reply(ledger.list(null, null, null, null, null, WRITER)).text())
        .isEqualTo("{\"notifications\":[]}");
    assertThat(reply(ledger.list(null, "lost", null, null, null, WRITER)).status()).isEqualTo(400);
    assertThat(reply(ledger.list(null, "lost", null, null, null, WRITER)).text())
        .contains("superseded", "lost");
    assertThat(reply(ledger.list(null, null, null, "soon", null, WRITER)).text())
        .contains("since", "6h", "soon");
    assertThat(reply(ledger.list(null, "", null, "", "1001", WRITER)).text())
        .contains("from 1 to 1000");
    assertThat(reply(ledger.list("a", "sent", "g", null, "x", WRITER)).text()).contains("limit");
    assertThat(reply(ledger.list(null, null, null, null, null, WRITER)).status()).isEqualTo(200);
    assertThat(Delivery.Status.values()).hasSize(4);
  }
}
