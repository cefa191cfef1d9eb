package io.pharos.template;

import io.pharos.model.Labels;
import io.pharos.template.value.TemplateObject;
import java.util.LinkedHashMap;

/// A sample that the `query` function of a rule's template returns.
public record TemplateSample(Labels labels, double value) implements TemplateObject {
  @Override
  public String typeName() {
    return "*template.sample";
  }

  @Override
  public Shape shape() {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("Labels", labels.toMap());
    fields.put("Value", value);
    return new Struct(fields);
  }
}
