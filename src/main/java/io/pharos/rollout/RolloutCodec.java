package io.pharos.rollout;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The JSON form of rollouts and sites in stores. A rollout is stored with the text of its policy,
/// so later changes of the policy file do not affect it.
public final class RolloutCodec {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .addMixIn(Rollout.class, RolloutFields.class)
          .addMixIn(RolloutPolicy.Kind.class, KindText.class)
          .addMixIn(RolloutPhase.class, PhaseWord.class)
          .addMixIn(RolloutPhase.Held.class, HeldOrder.class)
          .addMixIn(Lease.class, FieldsOnly.class)
          .addMixIn(PhaseProgress.class, FieldsOnly.class)
          .withConfigOverride(
              Set.class,
              config -> config.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
          .withConfigOverride(
              List.class,
              config -> config.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
          .build();

  private RolloutCodec() {}

  @JsonAutoDetect(
      fieldVisibility = Visibility.ANY,
      getterVisibility = Visibility.NONE,
      isGetterVisibility = Visibility.NONE)
  private interface FieldsOnly {}

  @JsonAutoDetect(
      fieldVisibility = Visibility.ANY,
      getterVisibility = Visibility.NONE,
      isGetterVisibility = Visibility.NONE)
  private interface RolloutFields {
    @JsonProperty("told")
    boolean instructed();
  }

  private interface KindText {
    @JsonValue
    String text();
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "word")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = RolloutPhase.Preparing.class, name = "PREPARING"),
    @JsonSubTypes.Type(value = RolloutPhase.Step.class, name = "STEP"),
    @JsonSubTypes.Type(value = RolloutPhase.Watching.class, name = "WATCHING"),
    @JsonSubTypes.Type(value = RolloutPhase.Held.class, name = "HELD"),
    @JsonSubTypes.Type(value = RolloutPhase.Paused.class, name = "PAUSED"),
    @JsonSubTypes.Type(value = RolloutPhase.Returning.class, name = "RETURNING"),
    @JsonSubTypes.Type(value = RolloutPhase.Finishing.class, name = "FINISHING"),
    @JsonSubTypes.Type(value = RolloutPhase.Promoted.class, name = "PROMOTED"),
    @JsonSubTypes.Type(value = RolloutPhase.Returned.class, name = "RETURNED"),
    @JsonSubTypes.Type(value = RolloutPhase.Aborted.class, name = "ABORTED")
  })
  private interface PhaseWord {}

  @JsonPropertyOrder({"wants", "within"})
  private interface HeldOrder {}

  /// The fields of a site that its JSON contains.
  @JsonPropertyOrder({"revision", "fleet", "lease"})
  private record StoredSite(
      long revision,
      @Nullable DesiredServers fleet,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Lease lease) {}

  /// Returns a rollout as JSON, without its events.
  public static String encode(Rollout rollout) {
    ObjectNode fields = MAPPER.valueToTree(rollout.stored());
    var node = (ObjectNode) fields.remove("order");
    fields.remove("newEvents");
    ((ObjectNode) node.path("policy")).remove(List.of("service", "env"));
    node.setAll(fields);
    node.put("why", rollout.why().replace('\0', '?')); // PostgreSQL's text type does not accept NUL
    return node.toString();
  }

  /// Parses a rollout that [#encode(Rollout)] wrote.
  ///
  /// @throws IllegalArgumentException when the text is not the JSON of a rollout
  public static Rollout rollout(String json) {
    ObjectNode node = read(json, ObjectNode.class);
    if (!(node.path("policy") instanceof ObjectNode policy)) {
      throw new IllegalArgumentException("expected the JSON of a rollout, found no policy in it");
    }
    policy.set("service", node.path("service"));
    policy.set("env", node.path("env"));
    node.set("order", node.deepCopy());
    node.putArray("newEvents");
    return read(node.toString(), Rollout.class);
  }

  /// Returns the state of a site as JSON, without its rollout, names and version.
  public static String encode(RolloutSite site) {
    return MAPPER
        .valueToTree(new StoredSite(site.revision(), site.fleet(), site.lease()))
        .toString();
  }

  /// Parses a site that [#encode(RolloutSite)] wrote.
  ///
  /// @throws IllegalArgumentException when the text is not the JSON of a site
  public static RolloutSite site(
      String service, String env, long version, String json, @Nullable Rollout rollout) {
    StoredSite site = read(json, StoredSite.class);
    return new RolloutSite(
        service, env, version, site.revision(), site.lease(), site.fleet(), rollout);
  }

  private static <T> T read(String json, Class<T> type) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "expected the JSON of a rollout or a site: " + e.getOriginalMessage(), e);
    }
  }
}
