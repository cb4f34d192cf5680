import type { Tensor } from '../../tensor.js';
import type { CompileOptions } from '../compiled.js';
import { Model } from '../model.js';
import type { Names } from '../names.js';
import { ALL_NAMES } from './names.js';

/** A model that can be trained. */
export class NamedModel<Out extends Tensor | Tensor[] = Tensor> extends Model<Out> {
  /**
   * Chooses optimizer, loss and metrics. Starts the optimizer afresh; the weights stay.
   *
   * @throws UnknownNameError, ValueError or ShapeError, StateError while `fit` runs; an earlier compile stays in
   *   force then
   */
  override compile(options: CompileOptions): void {
    this.compileWith(options);
  }

  /** @internal */
  protected override get names(): Names {
    return ALL_NAMES;
  }
}
