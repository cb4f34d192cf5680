import { expect, it } from 'vitest';
import { exportKeras, importKeras, type KerasForm } from '../../../src/formats/keras/index.js';
import { exportTfjs, importTfjs } from '../../../src/formats/tfjs/index.js';
import { FormatError, input, Layer, type Model, model, type Tensor } from '../../../src/index.js';
import { type LayerRow, rowsOf, SECTIONS } from '../../harness/layer-table/rows.js';

type AnyModel = Model<Tensor | Tensor[]>;

const rows = Object.values(SECTIONS).flat().flatMap(rowsOf);

/** There and back in each form. */
const WAYS: Readonly<Record<string, (given: AnyModel) => AnyModel>> = {
  ...Object.fromEntries(
    (['keras', 'h5'] satisfies KerasForm[]).map((form) => [
      form,
      (given: AnyModel) => importKeras(exportKeras(given, { form, batchSize: 2 })),
    ]),
  ),
  tfjs: (given) => importTfjs(exportTfjs(given, { batchSize: 2 })),
};

/** A model of the layer alone. */
function modelOf({ layer, inputs }: LayerRow): AnyModel {
  const places = inputs.map((shape) => input({ shape: [...shape] }));
  const outputs = new Layer(layer.definition, layer.config, 'shown').applyAll(places);
  return model({ inputs: places, outputs }) as AnyModel;
}

const kept = (given: AnyModel) =>
  given.graph.layers.map(({ layer, name }) => [name, layer.definition.type, layer.config]);

it.each(Object.keys(WAYS))(
  '%s: a layer comes back with its options and the same bits, or is refused by name',
  (way) => {
    const refused: string[] = [];
    for (const row of rows) {
      const given = modelOf(row);
      let again: AnyModel;
      try {
        again = WAYS[way](given);
      } catch (error) {
        expect(error, row.text).toBeInstanceOf(FormatError);
        expect((error as Error).message, row.text).toMatch(/: shown(\.\w+)?: /);
        refused.push(row.text);
        continue;
      }
      expect(JSON.stringify(kept(again)), row.text).toBe(JSON.stringify(kept(given)));
      expect(again.fingerprint(), row.text).toBe(given.fingerprint());
    }
    expect(refused.length).toBeLessThan(rows.length / (way === 'tfjs' ? 1.4 : 1.8));
  },
);
