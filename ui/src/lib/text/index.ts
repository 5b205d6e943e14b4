/** The catalogue in use. English now; the language is chosen here when there is another. */
import { en, type Catalogue } from './en';

export const m: Catalogue = en;
