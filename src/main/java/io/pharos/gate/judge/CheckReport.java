package io.pharos.gate.judge;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A check's result in the store and in the API.
///
/// @param state `pass`, `fail` or `unknown`
/// @param total requests of the candidate
/// @param bad bad requests of the candidate
/// @param baselineTotal requests of the baseline
/// @param baselineBad bad requests of the baseline
/// @param evalue evidence for the state, as odds against chance
/// @param needed number of further requests that are needed for a pass
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckReport(
    String id,
    String kind,
    String state,
    ReasonCode code,
    boolean required,
    boolean blocking,
    String text,
    @Nullable Double value,
    @Nullable Double threshold,
    @JsonProperty("n_c") @Nullable Long total,
    @JsonProperty("e_c") @Nullable Long bad,
    @JsonProperty("n_b") @Nullable Long baselineTotal,
    @JsonProperty("e_b") @Nullable Long baselineBad,
    @JsonProperty("e_value") @Nullable Double evalue,
    @Nullable Long needed,
    @JsonProperty("eta_s") @Nullable Long etaSeconds,
    List<String> notes,
    List<String> queries) {
  public CheckReport {
    requireNonNull(id, "id is null");
    requireNonNull(state, "state is null");
    requireNonNull(code, "code is null");
    requireNonNull(text, "text is null");
    notes = List.copyOf(notes);
    queries = List.copyOf(queries);
  }

  /// Returns the reports of results, in the same order.
  public static List<CheckReport> of(List<CheckResult> results) {
    return results.stream().map(CheckReport::of).toList();
  }

  /// Returns the JSON without the texts for people, whose wording differs between versions of
  /// Pharos.
  public ObjectNode withoutTexts() {
    ObjectNode json = JSON.valueToTree(this);
    json.put("text", "").putArray("notes");
    return json;
  }

  static CheckReport of(CheckResult result) {
    Evidence evidence = result.evidence();
    return new CheckReport(
        result.check().id(),
        result.check().kind(),
        result.state(),
        result.code(),
        result.check().required(),
        result.check().blocking(),
        result.text(),
        evidence.value(),
        evidence.threshold(),
        evidence.total(),
        evidence.bad(),
        evidence.baselineTotal(),
        evidence.baselineBad(),
        evidence.eValue(),
        evidence.needed(),
        evidence.etaSeconds(),
        evidence.notes(),
        evidence.queries());
  }
}
